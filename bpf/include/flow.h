/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The flow table: only for slots in transition (RING_CONSULT).
 *
 * CPUs race here with plain stores of whole words, never half an entry. The worst that can be seen: two CPUs
 * record different flows in the same place and one record is lost, or two packets of one flow are recorded
 * twice. A lost record is written again by the flow's next packet while the slot learns; a record that is
 * lost to eviction costs that one flow its place if its slot's owner changed. Twins agree, or the first one
 * wins.
 *
 * Age is eight bits of a coarse clock. An entry that nobody touched for 256 units looks young again; it then
 * pins a flow that no longer exists, until a SYN of the same tag drops it or it is evicted.
 */
#ifndef LODESTONE_FLOW_H
#define LODESTONE_FLOW_H

#include "stats.h"

#define FLOW_ENTRIES	 8
#define FLOW_TAG_SHIFT	 34
#define FLOW_STATE_SHIFT 32
#define FLOW_CLOCK_SHIFT 24
#define FLOW_REAL	 0x00ffffffu

/* What of a packet matters here; one register, since consult_flows() is a function of its own. */
#define FLOW_STARTS (1u << 0) /* SYN or INIT */
#define FLOW_UDP    (1u << 1)
#define FLOW_PEEK   (1u << 2) /* packet.follows: where the flow goes, without a trace in the table */

static __always_inline __u64 flow_tag(__u64 hash)
{
	return hash >> 20 & 0x3fffffff;
}

static __always_inline __u64 flow_entry(__u64 tag, enum flow_state state, __u8 now, __u32 real)
{
	return tag << FLOW_TAG_SHIFT | (__u64)state << FLOW_STATE_SHIFT | (__u64)now << FLOW_CLOCK_SHIFT |
	       real;
}

static __always_inline __u32 flow_state(__u64 entry)
{
	return entry >> FLOW_STATE_SHIFT & 3;
}

static __always_inline __u8 flow_idle(__u64 entry, __u8 now)
{
	return now - (__u8)(entry >> FLOW_CLOCK_SHIFT);
}

static __always_inline bool real_is_alive(__u32 index)
{
	struct real *real = bpf_map_lookup_elem(&reals, &index);

	return real && real->kind != REAL_NONE;
}

static __always_inline bool flow_is_live(__u64 entry, __u8 now)
{
	return entry && flow_idle(entry, now) < FLOW_AGE_LIMIT && real_is_alive(entry & FLOW_REAL);
}

/* Index of the live entry with this tag, or FLOW_ENTRIES. */
static __always_inline __u32 flow_find(struct flow_bucket *bucket, __u64 tag, __u8 now)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < FLOW_ENTRIES; i++) {
		__u64 entry = bucket->entries[i];

		if (entry >> FLOW_TAG_SHIFT == tag && flow_is_live(entry, now))
			break;
	}
	return i;
}

/* What goes first when the bucket is full: the free, then the oldest SYN, learnt and new flows, in this
 * order. */
static __always_inline __u32 flow_worth(__u64 entry, __u8 now)
{
	__u32 state = flow_state(entry);
	__u32 class;

	if (!flow_is_live(entry, now))
		return 0;
	class = state == FLOW_SYN ? 1 : state == FLOW_LEARNT ? 2 : 3;
	return class << 8 | (255 - flow_idle(entry, now));
}

/* The first of the entries of least worth. */
static __always_inline __u32 flow_victim(struct flow_bucket *bucket, __u8 now)
{
	__u32 victim = 0, least = ~0u;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < FLOW_ENTRIES; i++) {
		__u32 worth = flow_worth(bucket->entries[i], now);

		if (worth < least) {
			least = worth;
			victim = i;
		}
		if (!least)
			break;
	}
	return victim & (FLOW_ENTRIES - 1);
}

static __always_inline void flow_record(struct flow_bucket *bucket, const struct vip *vip, __u64 entry,
					__u8 now)
{
	*(volatile __u64 *)&bucket->entries[flow_victim(bucket, now)] = entry;
	count_recorded(vip);
}

/* A packet of a flow that is recorded: it stays where it is. */
static __always_inline __u32 flow_follow(__u64 *place, __u64 tag, __u8 now, const struct vip *vip,
					 __u32 current)
{
	__u64 entry = *place;
	__u32 real = entry & FLOW_REAL;
	__u32 state = flow_state(entry);
	__u64 fresh = flow_entry(tag, state == FLOW_SYN ? FLOW_NEW : state, now, real);

	if (fresh != entry)
		*(volatile __u64 *)place = fresh;
	if (real != current)
		count_pinned(vip);
	return real;
}

/* Where a packet of a flow that is not recorded and does not start here goes while the slot learns. */
static __always_inline __u32 flow_owner(const struct vip *vip, __u32 current, __u32 previous, __u32 kind)
{
	if (kind & FLOW_UDP && vip->flags & VIP_UDP_CURRENT)
		return current;
	return real_is_alive(previous) ? previous : current;
}

/*
 * A slot in transition. Global: verified once, not once for each way to it, which took three quarters of the
 * verifier's instructions. Returns the index of the real; types.h says what learn and settling mean.
 */
__noinline __u32 consult_flows(__u64 hash, __u64 slot, const struct vip *vip, __u32 flow_mask, __u32 kind)
{
	__u32 current = slot & RING_REAL, previous = slot >> 32 & RING_REAL;
	bool learn = slot >> 32 & RING_LEARN;
	__u8 now = bpf_ktime_get_coarse_ns() >> FLOW_AGE_SHIFT;
	__u32 index = hash & flow_mask, found;
	struct flow_bucket *bucket;
	__u64 tag = flow_tag(hash);

	bucket = bpf_map_lookup_elem(&flows, &index);
	if (!bucket || !vip)
		return current;

	found = flow_find(bucket, tag, now);
	if (kind & FLOW_PEEK) {
		if (found < FLOW_ENTRIES)
			return bucket->entries[found & 7] & FLOW_REAL;
		return learn ? flow_owner(vip, current, previous, kind) : current;
	}
	if (kind & FLOW_STARTS) {
		if (found < FLOW_ENTRIES)
			*(volatile __u64 *)&bucket->entries[found & 7] =
				learn ? flow_entry(tag, FLOW_SYN, now, current) : 0;
		else if (learn && current)
			flow_record(bucket, vip, flow_entry(tag, FLOW_SYN, now, current), now);
		return current;
	}

	if (found < FLOW_ENTRIES)
		return flow_follow(&bucket->entries[found & 7], tag, now, vip, current);
	if (!learn)
		return current;

	if (kind & FLOW_UDP && vip->flags & VIP_UDP_CURRENT) {
		if (current)
			flow_record(bucket, vip, flow_entry(tag, FLOW_NEW, now, current), now);
		return current;
	}
	if (!real_is_alive(previous))
		previous = current;
	if (previous)
		flow_record(bucket, vip, flow_entry(tag, FLOW_LEARNT, now, previous), now);
	return previous;
}

#endif
