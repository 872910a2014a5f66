/* SPDX-License-Identifier: MIT */
/* view/words.h - addresses, names and messages for the sentences of findings. */
#ifndef VIEW_WORDS_H
#define VIEW_WORDS_H

#include "engine/engine.h"
#include "find/find.h"

/* Words over an engine, which must outlive them. A message that they read is there until
 * the next engine_read. */
struct find_words words_of(struct engine *e);

#endif
