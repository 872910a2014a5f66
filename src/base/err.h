/* SPDX-License-Identifier: MIT */
/* base/err.h - the one result type of the program. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#if defined(__GNUC__)
#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
/* Behind a struct: members of 8 bytes may lie at multiples of 4, without padding. */
#define PACKED_4 __attribute__((packed, aligned(4)))
#else
#define MUST_USE
#define PRINTF_LIKE(fmt, args)
#define PACKED_4
#endif

enum err {
	OK         =  0,
	ERR_MORE   = -1, /* not enough input yet; feed more and call again */
	ERR_END    = -2, /* no more input will ever come */
	ERR_FORMAT = -3, /* the bytes are not what was asked for */
	ERR_LIMIT  = -4, /* a configured bound was reached; state unchanged */
	ERR_NOMEM  = -5, /* the memory budget is spent; state unchanged */
	ERR_IO     = -6  /* the operating system said no */
};

#endif
