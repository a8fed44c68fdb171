/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * VLAN tags (IEEE 802.1Q, 802.1ad) that are in the frame. A frame of the VLAN that the uplink serves is
 * stripped of its tags before anything looks at it, and gets them back if it leaves the way it came.
 */
#ifndef LODESTONE_VLAN_H
#define LODESTONE_VLAN_H

#include "frame.h"

struct vlan_tag {
	__be16 tpid; /* ETH_P_8021Q or ETH_P_8021AD */
	__be16 tci;  /* priority:3, drop eligible:1, VLAN id:12 */
};
_Static_assert(sizeof(struct vlan_tag) == 4, "vlan_tag is 4 bytes");

#define MACS_LEN    (2 * ETH_ALEN)
#define VLAN_ID	    0x0fff
#define TAGS_ONE    (1ull << 32)
#define TAGS_TWO    (1ull << 33)
#define TAGS_AD0    (1ull << 34) /* the outer, or only, one is ETH_P_8021AD */
#define TAGS_AD1    (1ull << 35)
#define TAGS_OTHERS (1ull << 36) /* of a VLAN that is not served; the frame is as it was */

static __always_inline bool is_tag(__be16 ethertype)
{
	return ethertype == bpf_htons(ETH_P_8021Q) || ethertype == bpf_htons(ETH_P_8021AD);
}

static __always_inline void copy_macs(void *to, const void *from)
{
	word64 first = *(const word64 *)from;
	word32 last = *(const word32 *)(from + 8);

	*(word64 *)to = first;
	*(word32 *)(to + 8) = last;
}

/*
 * Takes one or two tags off a frame that has one, if their ids are those served: outer | inner << 16. Id 0 is
 * no VLAN, but a priority (802.1Q, 6.9.1). Returns TCIs (outer | inner << 16) and what is above. Global: the
 * frame is parsed afresh behind this.
 */
__noinline __u64 take_tags(struct xdp_md *ctx, __u32 served)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct vlan_tag *outer = data + MACS_LEN, *inner = outer + 1;
	__u64 first, second, tags;
	__u32 ids, len = 4;

	if ((void *)(inner + 1) > end)
		return TAGS_OTHERS;
	first = bpf_ntohs(outer->tci);
	tags = TAGS_ONE | first | (outer->tpid == bpf_htons(ETH_P_8021AD) ? TAGS_AD0 : 0);
	ids = first & VLAN_ID;
	if (is_tag(inner->tpid)) {
		second = bpf_ntohs(inner->tci);
		tags = (tags ^ TAGS_ONE) | TAGS_TWO | second << 16 |
		       (inner->tpid == bpf_htons(ETH_P_8021AD) ? TAGS_AD1 : 0);
		if (second & VLAN_ID)
			ids = ids ? ids | (__u32)(second & VLAN_ID) << 16 : second & VLAN_ID;
		len = 8;
		if ((void *)(inner + 1) + 2 > end) /* the ethertype behind */
			return TAGS_OTHERS;
	}
	if (ids != served)
		return TAGS_OTHERS;

	copy_macs(data + len, data);
	return bpf_xdp_adjust_head(ctx, len) ? TAGS_OTHERS : tags;
}

/* Puts tags back, behind whatever addresses the frame has now. Returns 0, or -1 where there is no room. */
__noinline int put_tags(struct xdp_md *ctx, __u64 tags)
{
	int len = tags & TAGS_TWO ? 8 : 4;
	struct vlan_tag *tag;
	void *data;

	if (bpf_xdp_adjust_head(ctx, -len))
		return -1;
	data = (void *)(long)ctx->data;
	if (data + MACS_LEN + 8 > (void *)(long)ctx->data_end)
		return -1;
	copy_macs(data, data + len);
	tag = data + MACS_LEN;
	tag->tpid = tags & TAGS_AD0 ? bpf_htons(ETH_P_8021AD) : bpf_htons(ETH_P_8021Q);
	tag->tci = bpf_htons(tags);
	if (tags & TAGS_TWO) {
		tag++;
		tag->tpid = tags & TAGS_AD1 ? bpf_htons(ETH_P_8021AD) : bpf_htons(ETH_P_8021Q);
		tag->tci = bpf_htons(tags >> 16);
	}
	return 0;
}

/*
 * The tags of a frame, off it; 0 where there are none. Untagged frames cost two comparisons. Their 0 comes
 * from config.zero: if the verifier knew it, it would go through all that follows once with tags and once
 * without.
 */
static __always_inline __u64 strip_tags(struct xdp_md *ctx, const struct config *config)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	if (unlikely((void *)(eth + 1) > (void *)(long)ctx->data_end))
		return config->zero;
	if (unlikely(is_tag(eth->h_proto)))
		return take_tags(ctx, config->vlans);
	return unlikely(config->vlans) ? TAGS_OTHERS : config->zero;
}

#endif
