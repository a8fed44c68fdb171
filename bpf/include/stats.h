/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Counters are per CPU and written by programs that are not preempted by each other: no atomics. */
#ifndef LODESTONE_STATS_H
#define LODESTONE_STATS_H

#include "lodestone.h"

static __always_inline void count_verdict(enum verdict verdict, __u64 bytes)
{
	__u32 key = verdict;
	struct counter *counter = bpf_map_lookup_elem(&verdicts, &key);

	if (counter) {
		counter->packets++;
		counter->bytes += bytes;
	}
}

static __always_inline void count_real(__u32 real, __u64 bytes)
{
	struct counter *counter = bpf_map_lookup_elem(&real_stats, &real);

	if (counter) {
		counter->packets++;
		counter->bytes += bytes;
	}
}

static __always_inline void count_vip(const struct vip *vip, __u8 proto, __u64 bytes)
{
	__u32 id = vip->id;
	struct vip_counter *counter = bpf_map_lookup_elem(&vip_stats, &id);
	struct counter *protocol;

	if (counter) {
		protocol = likely(proto == IPPROTO_TCP) ? &counter->protocols[0]
			   : proto == IPPROTO_UDP	? &counter->protocols[1]
							: &counter->protocols[2];
		protocol->packets++;
		protocol->bytes += bytes;
	}
}

static __always_inline void count_recorded(const struct vip *vip)
{
	__u32 id = vip->id;
	struct vip_counter *counter = bpf_map_lookup_elem(&vip_stats, &id);

	if (counter)
		counter->recorded++;
}

static __always_inline void count_unrecorded(const struct vip *vip)
{
	__u32 id = vip->id;
	struct vip_counter *counter = bpf_map_lookup_elem(&vip_stats, &id);

	if (counter)
		counter->unrecorded++;
}

static __always_inline void count_pinned(const struct vip *vip)
{
	__u32 id = vip->id;
	struct vip_counter *counter = bpf_map_lookup_elem(&vip_stats, &id);

	if (counter)
		counter->pinned++;
}

#endif
