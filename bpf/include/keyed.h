/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Slots in transition of VIPs whose slots go by the client (VIP_BY_CLIENT), or went by something else before
 * (VIP_REKEYED). Beside the records of flows there are records of clients, under the hash their slot comes
 * from: flows are kept as ever, and a client's new flows follow its record. See
 * docs/adr/0010-session-affinity.md.
 */
#ifndef LODESTONE_KEYED_H
#define LODESTONE_KEYED_H

#include "flow.h"
#include "config.h"
#include "hash.h"

/* A record in its bucket. */
struct flow_place {
	struct flow_bucket *bucket;
	__u32 found; /* FLOW_ENTRIES: none */
	__u32 real;
};

/* False: the table has no such bucket, which can't be. */
static __always_inline bool flow_look(struct flow_place *place, const struct vip *vip, __u64 hash,
				      __u32 flow_mask, __u32 now)
{
	__u32 index = hash & flow_mask;

	place->real = 0;
	place->found = FLOW_ENTRIES;
	place->bucket = bpf_map_lookup_elem(&flows, &index);
	if (!place->bucket)
		return false;
	place->found = flow_find(place->bucket, flow_key(hash, vip), now);
	if (place->found < FLOW_ENTRIES)
		place->real = place->bucket->entries[place->found & 7] & FLOW_REAL;
	return true;
}

/* The word of the slot that a hash is of. Loaded here, since a function takes five arguments. */
static __always_inline __u64 keyed_slot(const struct vip *vip, __u64 hash)
{
	__u32 shift = vip->ring_shift, index = vip->ring_base + (__u32)(hash >> (shift & 63));
	volatile __u64 *slot = bpf_map_lookup_elem(&rings, &index);

	return slot ? *slot : 0;
}

/* A record of a flow or a client that has none, by what its packet tells. False: there was no place. */
static __always_inline bool flow_record_new(struct flow_place *place, __u64 hash, const struct vip *vip,
					    bool starts, __u32 real, __u32 now)
{
	__u32 at = starts ? flow_place_start(place->bucket, vip->id, now)
			  : flow_place(place->bucket, vip->id, false, now);

	return flow_record(place->bucket, vip, at,
			   flow_entry(flow_key(hash, vip), starts ? FLOW_SYN : FLOW_LEARNT, now, real));
}

/* Whether a flow that starts, and whose client has no record, is taken for one of a new client. */
static __always_inline bool starts_anew(const struct vip *vip)
{
	if (!(vip->flags & VIP_BY_CLIENT) || vip->flags & VIP_UDP_CURRENT)
		return true;
	return (vip->flags & (VIP_REKEYED | VIP_OLD_BY_CLIENT)) == VIP_REKEYED; /* clients had no place */
}

/*
 * Whether a packet tells where its unknown client's new flows go: one that starts or has started just now, or
 * whose flow has no record. One with a record may have been kept elsewhere since an older change.
 */
static __always_inline bool tells_client(const struct flow_place *flow, bool starts)
{
	return starts || flow->found >= FLOW_ENTRIES ||
	       flow_state(flow->bucket->entries[flow->found & 7]) == FLOW_SYN;
}

/*
 * As consult_flows(), and global for the same reason. A flow that starts goes where its client is recorded;
 * of an unknown client, for as long as such are taken for older ones than the change (no VIP_UDP_CURRENT), to
 * previous. An established flow without a record is older than the change, whatever its client did since.
 */
__noinline __u32 consult_keyed(__u64 flow_hash, __u64 slot_hash, __u64 old_hash, const struct vip *vip,
			       __u32 kind)
{
	__u32 now = bpf_ktime_get_coarse_ns() >> FLOW_TICK_SHIFT;
	struct flow_place flow, client = {.found = FLOW_ENTRIES};
	bool learn, meets, keeps, remember, pinned = false, starts = kind & FLOW_STARTS;
	struct config *config = get_config();
	__u32 current, previous, owner, real, picked;
	__u64 slot;

	if (!config || !vip)
		return 0;
	slot = keyed_slot(vip, slot_hash);
	current = slot & RING_REAL;
	learn = slot >> 32 & RING_LEARN;
	meets = vip->flags & VIP_BY_CLIENT;
	if (!flow_look(&flow, vip, flow_hash, config->flow_mask, now) ||
	    (meets && !flow_look(&client, vip, slot_hash, config->flow_mask, now)))
		return owner_path(current, current);

	/* The oldest living owner of the slot that unrecorded flows are of. */
	if (vip->flags & VIP_REKEYED)
		slot = keyed_slot(vip, old_hash);
	previous = slot >> 32 & RING_REAL;
	keeps = learn && real_is_alive(previous);
	owner = keeps ? previous : current;
	if (flow.real && !starts) {
		real = flow.real;
		pinned = real != current;
	} else if (client.real && (starts || (learn && !keeps) ||
				   (kind & FLOW_UDP && (!learn || vip->flags & VIP_UDP_CURRENT)))) {
		real = client.real;
		pinned = real != current;
	} else if (starts ? starts_anew(vip) : kind & FLOW_UDP && vip->flags & VIP_UDP_CURRENT) {
		real = current;
	} else {
		real = owner;
	}
	if (pinned)
		picked = with_path(real, PATH_PINNED);
	else if (flow.found < FLOW_ENTRIES)
		picked = with_path(real, PATH_FOLLOWED);
	else if (learn && !(kind & FLOW_PEEK))
		picked = with_path(real, PATH_RECORDED);
	else
		picked = owner_path(real, current);
	picked = forget(picked, flow_hash);
	if (kind & FLOW_PEEK || !real)
		return picked;

	remember = learn || real != current;
	meets = meets && learn && tells_client(&flow, starts);
	if (flow.found < FLOW_ENTRIES) {
		if (starts)
			flow_start_again(&flow.bucket->entries[flow.found & 7], flow_key(flow_hash, vip),
					 remember, real, now);
		else
			flow_refresh(flow.bucket, flow.found, false, now);
	} else if (remember && !flow_record_new(&flow, flow_hash, vip, starts, real, now)) {
		if (starts) {
			/* It goes as its next packet will. */
			real = client.real && learn && !keeps ? client.real : owner;
			pinned = false;
			if (!real)
				return 0;
		}
		picked = forget(with_path(real, PATH_UNRECORDED), flow_hash);
	}
	if (pinned)
		count_pinned(vip);

	if (client.found < FLOW_ENTRIES)
		flow_refresh(client.bucket, client.found, starts, now);
	else if (meets)
		flow_record_new(&client, slot_hash, vip, starts, real, now);
	return picked;
}

#endif
