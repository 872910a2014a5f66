/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/losses.h"

void losses_count(struct loss out[LOSS_COUNT], struct engine *engine,
                  const struct export_totals *totals)
{
	const struct engine_stats *stats = engine_stats(engine);
	const struct net_stats *net = engine_net_stats(engine);
	const struct framer_stats *stream = engine_framer_stats(engine);
	const struct websocket_stats *websocket = engine_websocket_stats(engine);
	const struct hep_stream_stats *hep = engine_hep_stats(engine);
	const struct find *find = engine_find_peek(engine);
	const struct track_stats *track = tracker_stats(engine_tracker(engine));
	const struct loss all[LOSS_COUNT] = {
#define LOSS(name, count, brief, one, many) { #name, brief, one, many, count },
#include "export/losses.def"
#undef LOSS
	};
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		out[i] = all[i];
}
