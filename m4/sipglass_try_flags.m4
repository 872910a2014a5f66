dnl SPDX-License-Identifier: MIT

# SIPGLASS_TRY_CFLAGS(VARIABLE, FLAGS) - append to VARIABLE each flag the compiler
# takes without a complaint.
AC_DEFUN([SIPGLASS_TRY_CFLAGS], [
sipglass_keep_CFLAGS=$CFLAGS
for sipglass_flag in m4_normalize([$2]); do
  AC_MSG_CHECKING([whether $CC takes $sipglass_flag])
  CFLAGS="$sipglass_keep_CFLAGS -Werror $sipglass_flag"
  AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int sipglass_unused;]])],
    [AC_MSG_RESULT([yes]); $1="$$1 $sipglass_flag"],
    [AC_MSG_RESULT([no])])
done
CFLAGS=$sipglass_keep_CFLAGS
])

# SIPGLASS_TRY_LDFLAGS(VARIABLE, FLAGS, [CFLAGS]) - append to VARIABLE each flag a
# program links with without a complaint; CFLAGS are added for the compilation.
AC_DEFUN([SIPGLASS_TRY_LDFLAGS], [
sipglass_keep_CFLAGS=$CFLAGS
sipglass_keep_LDFLAGS=$LDFLAGS
CFLAGS="$CFLAGS -Werror $3"
for sipglass_flag in m4_normalize([$2]); do
  AC_MSG_CHECKING([whether $CC links with $sipglass_flag])
  LDFLAGS="$sipglass_keep_LDFLAGS $sipglass_flag"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="$$1 $sipglass_flag"],
    [AC_MSG_RESULT([no])])
done
CFLAGS=$sipglass_keep_CFLAGS
LDFLAGS=$sipglass_keep_LDFLAGS
])

# SIPGLASS_TRY_FORTIFY(VARIABLE) - append to VARIABLE the highest level of
# _FORTIFY_SOURCE that the C library takes. It needs optimisation: none without.
AC_DEFUN([SIPGLASS_TRY_FORTIFY], [
sipglass_keep_CFLAGS=$CFLAGS
for sipglass_level in 3 2; do
  sipglass_flag="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$sipglass_level"
  AC_MSG_CHECKING([whether _FORTIFY_SOURCE=$sipglass_level works])
  CFLAGS="$sipglass_keep_CFLAGS -Werror $sipglass_flag"
  AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#include <string.h>
#ifndef __OPTIMIZE__
#error "no optimisation"
#endif
int sipglass_unused;
]])],
    [AC_MSG_RESULT([yes]); $1="$$1 $sipglass_flag"; break],
    [AC_MSG_RESULT([no])])
done
CFLAGS=$sipglass_keep_CFLAGS
])
