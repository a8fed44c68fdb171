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
 * Who gets a place is docs/adr/0011-fair-flow-table.md: of one VIP nothing that begins drives out what has
 * begun, and between VIPs one that has two seats more than another gives way to it.
 *
 * Age is eight bits of a coarse clock. An entry that nobody touched for 256 units looks young again; it then
 * pins a flow that no longer exists, until a SYN of the same tag drops it or it is evicted. The age of a
 * start wraps in 137 s, and keeps its place for 2 s of these once more.
 */
#ifndef LODESTONE_FLOW_H
#define LODESTONE_FLOW_H

#include "stats.h"

#define FLOW_ENTRIES	 8
#define FLOW_NONE	 FLOW_ENTRIES /* no place */
#define FLOW_VIP_SHIFT	 56
#define FLOW_KEY_SHIFT	 31
#define FLOW_STATE_SHIFT 28
#define FLOW_CLOCK_SHIFT 20
#define FLOW_REAL	 0x000fffffu

/* What of a packet matters here; one register, since consult_flows() is a function of its own. */
#define FLOW_STARTS (1u << 0) /* SYN or INIT */
#define FLOW_UDP    (1u << 1)
#define FLOW_PEEK   (1u << 2) /* packet.follows: where the flow goes, without a trace in the table */

/* A real that was picked, and above its index how (enum event_path). */
#define PATH_SHIFT 24

static __always_inline __u32 with_path(__u32 real, enum event_path path)
{
	return real | path << PATH_SHIFT;
}

/* That a record says, or, of a flow without one, that the slot says. */
static __always_inline __u32 recorded_path(__u32 real, __u32 current)
{
	return with_path(real, real == current ? PATH_FOLLOWED : PATH_PINNED);
}

static __always_inline __u32 owner_path(__u32 real, __u32 current)
{
	return with_path(real, real == current ? PATH_CURRENT : PATH_PREVIOUS);
}

/* vip:8 | tag:25, what is compared. */
static __always_inline __u64 flow_key(__u64 hash, const struct vip *vip)
{
	return (__u64)(vip->id & 0xff) << (FLOW_VIP_SHIFT - FLOW_KEY_SHIFT) | (hash >> 20 & 0x1ffffff);
}

/* The clock in the unit of a state's age. */
static __always_inline __u8 flow_age(__u32 state, __u32 now)
{
	return state == FLOW_SYN ? now : now >> (FLOW_AGE_SHIFT - FLOW_TICK_SHIFT);
}

static __always_inline __u64 flow_entry(__u64 key, enum flow_state state, __u32 now, __u32 real)
{
	return key << FLOW_KEY_SHIFT | (__u64)state << FLOW_STATE_SHIFT |
	       (__u64)flow_age(state, now) << FLOW_CLOCK_SHIFT | (real & FLOW_REAL);
}

static __always_inline __u32 flow_state(__u64 entry)
{
	return entry >> FLOW_STATE_SHIFT & 7;
}

static __always_inline __u8 flow_vip(__u64 entry)
{
	return entry >> FLOW_VIP_SHIFT;
}

static __always_inline __u8 flow_idle(__u64 entry, __u32 now)
{
	return flow_age(flow_state(entry), now) - (__u8)(entry >> FLOW_CLOCK_SHIFT);
}

static __always_inline bool real_is_alive(__u32 index)
{
	struct real *real = bpf_map_lookup_elem(&reals, &index);

	return real && real->kind != REAL_NONE;
}

static __always_inline bool flow_is_live(__u64 entry, __u32 now)
{
	return entry && flow_idle(entry, now) < FLOW_AGE_LIMIT && real_is_alive(entry & FLOW_REAL);
}

/* Whether it may give way to another flow of its VIP. */
static __always_inline bool flow_is_stale(__u64 entry, __u32 now)
{
	__u32 state = flow_state(entry);

	return state != FLOW_PROVEN &&
	       flow_idle(entry, now) >= (state == FLOW_SYN ? FLOW_SYN_STALE : FLOW_STALE);
}

/*
 * The same value, of which the verifier no longer knows what it is: without this it follows every way on from
 * each iteration of a loop that the value comes from. unknown is anything that it does not know either.
 */
static __always_inline __u64 forget(__u64 value, __u64 unknown)
{
	asm volatile("%0 ^= %1\n\t%0 ^= %1" : "+r"(value) : "r"(unknown));
	return value;
}

/* Index of the live entry with this key, or FLOW_NONE. */
static __always_inline __u32 flow_find(struct flow_bucket *bucket, __u64 key, __u32 now)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < FLOW_ENTRIES; i++) {
		__u64 entry = bucket->entries[i];

		if (entry >> FLOW_KEY_SHIFT == key && flow_is_live(entry, now))
			break;
	}
	return forget(i, key);
}

/*
 * Ranks, those that go first first; of one rank the longest idle does, and what is free as it comes. Worth is
 * rank << 8 | 255 - idle. The functions that give it are global: the verifier sees each once, and of what
 * they return no path of its own.
 */
#define FLOW_FREE  0
#define FLOW_NEVER 5
#define FLOW_WORTH 8

static __always_inline __u32 flow_worth(__u64 entry, __u32 rank, __u32 now)
{
	return rank ? rank << FLOW_WORTH | (255 - flow_idle(entry, now)) : 0;
}

/* In a way: 1 and 4 are the VIP's own, stale and young, 2 and 3 those of another. */
__noinline __u32 flow_way_worth(__u64 entry, __u32 vip, __u32 now)
{
	__u32 rank = FLOW_FREE;

	if (flow_is_live(entry, now)) {
		if (flow_vip(entry) == (__u8)vip)
			rank = flow_is_stale(entry, now) ? 1 : 4;
		else
			rank = flow_is_stale(entry, now) ? 2 : 3;
	}
	return flow_worth(entry, rank, now);
}

/* In a seat: a SYN is there where one came for a flow that was recorded. */
__noinline __u32 flow_seat_worth(__u64 entry, __u32 vip, bool opened, __u32 now)
{
	__u32 state = flow_state(entry), rank = FLOW_NEVER;

	if (!flow_is_live(entry, now))
		rank = FLOW_FREE;
	else if (flow_vip(entry) == (__u8)vip && state <= FLOW_LEARNT) {
		if (state == FLOW_NEW)
			rank = opened && flow_is_stale(entry, now) ? 3 : FLOW_NEVER;
		else if (flow_is_stale(entry, now))
			rank = 1;
		else if (opened && state == FLOW_LEARNT)
			rank = 2;
	}
	return flow_worth(entry, rank, now);
}

/* 1 where two bytes are the same, without a branch: the verifier would follow both ways of each. */
static __always_inline __u64 flow_same(__u64 a, __u64 b)
{
	a ^= b;
	asm volatile("" : "+r"(a));
	return (a - 1) >> 63;
}

/*
 * The way for a SYN or INIT, or FLOW_NONE: a free one, or that of another VIP's flow which has not begun in
 * time; but a VIP has one way at most. What started just now is never driven out: it would lose its flow.
 */
static __always_inline __u32 flow_place_start(struct flow_bucket *bucket, __u8 vip, __u32 now)
{
	__u32 a = flow_way_worth(bucket->entries[0], vip, now);
	__u32 b = flow_way_worth(bucket->entries[1], vip, now);
	__u32 rank_a = a >> FLOW_WORTH, rank_b = b >> FLOW_WORTH;

	if (rank_a == 4 || rank_b == 4)
		return FLOW_NONE;
	if (rank_a == 1 || rank_b == 1)
		return rank_b != 1 || (rank_a == 1 && a <= b) ? 0 : 1;
	return (a <= b ? rank_a : rank_b) <= 2 ? a > b : FLOW_NONE;
}

/*
 * All seats are taken: one of the VIP that has most of them, if that is two more than the asking one has. A
 * packet from nowhere has one claim of its VIP at a time. Global, as the others.
 */
__noinline __u32 flow_take_seat(struct flow_bucket *bucket, __u32 vip, bool opened, __u32 now)
{
	__u64 most = 0, mine = 0, claims = 0;

	if (!bucket)
		return FLOW_NONE;
#pragma clang loop unroll(disable)
	for (__u32 i = FLOW_WAYS; i < FLOW_ENTRIES; i++) {
		__u64 entry = bucket->entries[i], own = flow_same(flow_vip(entry), (__u8)vip);

		mine += own;
		claims += own & flow_same(flow_state(entry), FLOW_LEARNT);
	}
	if (!opened && claims)
		return FLOW_NONE;
#pragma clang loop unroll(disable)
	for (__u32 i = FLOW_WAYS; i < FLOW_ENTRIES; i++) {
		__u64 entry = bucket->entries[i], seats = 0, proof, score;
		__u32 state = flow_state(entry);

#pragma clang loop unroll(disable)
		for (__u32 j = FLOW_WAYS; j < FLOW_ENTRIES; j++)
			seats += flow_same(flow_vip(bucket->entries[j]), flow_vip(entry));
		proof = 2 - flow_same(state, FLOW_NEW) - 2 * flow_same(state, FLOW_PROVEN);
		/* Of several the first: its index counts downwards. */
		score = ((seats << 2 | proof) << 8 | flow_idle(entry, now)) << 3 | (FLOW_ENTRIES - 1 - i);
		if (seats >= mine + 2 && score > most)
			most = score;
	}
	return most ? FLOW_ENTRIES - 1 - (most & (FLOW_ENTRIES - 1)) : FLOW_NONE;
}

/*
 * The seat for a flow that is not just starting, or FLOW_NONE. opened: its handshake has been seen; else it
 * is known by a packet from nowhere, which costs a forger less.
 */
static __always_inline __u32 flow_place(struct flow_bucket *bucket, __u8 vip, bool opened, __u32 now)
{
	__u32 least = FLOW_NEVER << FLOW_WORTH << 3;

#pragma clang loop unroll(disable)
	for (__u32 i = FLOW_WAYS; i < FLOW_ENTRIES; i++) {
		__u32 worth = flow_seat_worth(bucket->entries[i], vip, opened, now) << 3 | i;

		if (worth < least)
			least = worth;
	}
	return least < FLOW_NEVER << FLOW_WORTH << 3 ? least & (FLOW_ENTRIES - 1)
						     : flow_take_seat(bucket, vip, opened, now);
}

static __always_inline bool flow_record(struct flow_bucket *bucket, const struct vip *vip, __u32 place,
					__u64 entry)
{
	if (place >= FLOW_ENTRIES) {
		count_unrecorded(vip);
		return false;
	}
	*(volatile __u64 *)&bucket->entries[place & (FLOW_ENTRIES - 1)] = entry;
	count_recorded(vip);
	return true;
}

/*
 * A record is used. What is more than a start leaves the ways to others as soon as there is a seat; until
 * the way is free there are twins, which agree.
 */
static __always_inline void flow_refresh(struct flow_bucket *bucket, __u32 found, bool starts, __u32 now)
{
	__u64 *place = &bucket->entries[found & (FLOW_ENTRIES - 1)];
	__u64 entry = *place, fresh;
	__u32 state = flow_state(entry), seat = FLOW_NONE;

	if (state == FLOW_SYN)
		state = starts ? FLOW_SYN : FLOW_NEW;
	else if (flow_idle(entry, now))
		state = FLOW_PROVEN;
	fresh = flow_entry(entry >> FLOW_KEY_SHIFT, state, now, entry & FLOW_REAL);
	if (fresh == entry)
		return;
	if (found < FLOW_WAYS && state != FLOW_SYN)
		seat = flow_place(bucket, flow_vip(entry), true, now);
	if (seat < FLOW_ENTRIES) {
		*(volatile __u64 *)&bucket->entries[seat & (FLOW_ENTRIES - 1)] = fresh;
		fresh = 0;
	}
	*(volatile __u64 *)place = fresh;
}

/* A packet of a flow that is recorded: it stays where it is. */
static __always_inline __u32 flow_follow(struct flow_bucket *bucket, __u32 found, const struct vip *vip,
					 __u32 current, __u32 now)
{
	__u32 real = bucket->entries[found & (FLOW_ENTRIES - 1)] & FLOW_REAL;

	flow_refresh(bucket, found, false, now);
	if (real != current)
		count_pinned(vip);
	return real;
}

/* A SYN or INIT on a recorded tuple: what is recorded for current already stays as it is. */
static __always_inline void flow_start_again(__u64 *place, __u64 key, bool remember, __u32 current, __u32 now)
{
	__u64 entry = *place;

	if (!remember)
		*(volatile __u64 *)place = 0;
	else if (flow_state(entry) == FLOW_SYN || (entry & FLOW_REAL) != current)
		*(volatile __u64 *)place = flow_entry(key, FLOW_SYN, now, current);
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
 * verifier's instructions. Returns the index of the real and its path; types.h says what learn and settling
 * mean.
 */
__noinline __u32 consult_flows(__u64 hash, __u64 slot, const struct vip *vip, __u32 flow_mask, __u32 kind)
{
	__u32 current = slot & RING_REAL, previous = slot >> 32 & RING_REAL;
	bool learn = slot >> 32 & RING_LEARN;
	__u32 now = bpf_ktime_get_coarse_ns() >> FLOW_TICK_SHIFT;
	__u32 index = hash & flow_mask, found, real;
	struct flow_bucket *bucket;
	__u64 key;

	bucket = bpf_map_lookup_elem(&flows, &index);
	if (!bucket || !vip)
		return owner_path(current, current);

	key = flow_key(hash, vip);
	found = flow_find(bucket, key, now);
	if (kind & FLOW_PEEK) {
		if (found < FLOW_ENTRIES)
			return recorded_path(bucket->entries[found & 7] & FLOW_REAL, current);
		return owner_path(learn ? flow_owner(vip, current, previous, kind) : current, current);
	}
	if (kind & FLOW_STARTS) {
		if (found < FLOW_ENTRIES)
			flow_start_again(&bucket->entries[found & 7], key, learn, current, now);
		else if (learn && current &&
			 !flow_record(bucket, vip, flow_place_start(bucket, vip->id, now),
				      flow_entry(key, FLOW_SYN, now, current)))
			/* As its next packets. */
			return with_path(flow_owner(vip, current, previous, kind), PATH_UNRECORDED);
		return with_path(current, learn ? PATH_RECORDED : PATH_CURRENT);
	}

	if (found < FLOW_ENTRIES)
		return recorded_path(flow_follow(bucket, found, vip, current, now), current);
	if (!learn)
		return owner_path(current, current);
	real = flow_owner(vip, current, previous, kind);
	if (real && !flow_record(bucket, vip, flow_place(bucket, vip->id, false, now),
				 flow_entry(key, FLOW_LEARNT, now, real)))
		return with_path(real, PATH_UNRECORDED);
	return with_path(real, PATH_RECORDED);
}

#endif
