/* SPDX-License-Identifier: MIT */
/* view/grid.h - a screen of cells. */
#ifndef VIEW_GRID_H
#define VIEW_GRID_H

#include "base/mem.h"
#include "view/cells.h"

struct grid {
	struct cell *cells; /* height lines of width */
	unsigned width, height;
};

static inline struct cells grid_line(const struct grid *grid, unsigned y)
{
	return (struct cells){ grid->cells + (size_t)y * grid->width, grid->width };
}

#endif
