/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/carriers.h"

#include <stdbool.h>

#include "net/net.h"

#define ROOM_MIN 8U

static bool grow(struct carriers *c, struct mem *mem)
{
	size_t room = c->room ? c->room * 2U : ROOM_MIN;
	uint64_t *numbers = mem_resize(mem, c->numbers, carriers_size(c),
	                               room * sizeof(*numbers));
	if (!numbers)
		return false;
	c->numbers = numbers;
	c->room = (uint16_t)room;
	return true;
}

void carriers_add(struct carriers *c, struct mem *mem, uint16_t input, uint64_t number)
{
	if (number == 0)
		return;
	if (c->input != input)
		carriers_reset(c);
	c->input = input;
	/* Nearly always it belongs at the end. */
	unsigned at = c->count;
	while (at && c->numbers[at - 1] > number)
		at--;
	if (at && c->numbers[at - 1] == number)
		return;
	if (c->count == NET_FRAMES_MAX) {
		c->cut = true;
		if (number > c->numbers[c->count - 1])
			c->numbers[c->count - 1] = number;
		return;
	}
	if (c->count == c->room && !grow(c, mem)) {
		c->cut = true;
		return;
	}
	for (unsigned i = c->count; i > at; i--)
		c->numbers[i] = c->numbers[i - 1];
	c->numbers[at] = number;
	c->count++;
}

void carriers_reset(struct carriers *c)
{
	c->count = 0;
	c->cut = false;
}

void carriers_clear(struct carriers *c, struct mem *mem)
{
	mem_give(mem, c->numbers, carriers_size(c));
	*c = (struct carriers){ 0 };
}

size_t carriers_size(const struct carriers *c)
{
	return c->room * sizeof(*c->numbers);
}
