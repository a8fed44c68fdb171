/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which real a flow belongs to. */
#ifndef LODESTONE_RING_H
#define LODESTONE_RING_H

#include "keyed.h"
#include "parse.h"

/* Index of the real, 0 where there is none, and above it its path. A stable slot costs one load. */
static __always_inline __u32 pick_real(const struct config *config, const struct vip *vip,
				       const struct packet *pkt, const struct flow_keys *keys)
{
	__u32 shift = vip->ring_shift, index, kind;
	volatile __u64 *slot;
	__u64 word;

	if (unlikely(!shift))
		return 0;
	index = vip->ring_base + (__u32)(keys->slot >> (shift & 63));
	slot = bpf_map_lookup_elem(&rings, &index);
	if (unlikely(!slot))
		return 0;

	word = *slot; /* both halves at once: the agent replaces whole words */
	if (likely(!(word >> 32 & RING_CONSULT)))
		return word & RING_REAL;

	kind = (pkt->starts_flow ? FLOW_STARTS : 0) | (pkt->proto == IPPROTO_UDP ? FLOW_UDP : 0) |
	       (pkt->follows ? FLOW_PEEK : 0);
	if (unlikely(is_keyed(vip)))
		return consult_keyed(keys->flow, keys->slot, keys->old, vip, kind);
	return consult_flows(keys->flow, word, vip, config->flow_mask, kind);
}

#endif
