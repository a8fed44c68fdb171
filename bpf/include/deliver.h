/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* To a device of this machine. */
#ifndef LODESTONE_DELIVER_H
#define LODESTONE_DELIVER_H

#include "toobig.h"

/*
 * A veth is left to tc at the uplink, which hears in front of the packet where it goes: bpf_redirect_peer
 * needs nothing from the workload's namespace, while a redirect from XDP is lost unless the far end has GRO
 * on or an XDP program. The destination MAC stays the uplink's, so that the packet remains PACKET_HOST.
 */
static __always_inline enum verdict deliver_to_peer(struct xdp_md *ctx, __u32 ifindex)
{
	struct delivery *delivery;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*delivery)))
		return DROP_DELIVERY_FAILED;
	delivery = (void *)(long)ctx->data_meta;
	if ((void *)(delivery + 1) > (void *)(long)ctx->data)
		return DROP_DELIVERY_FAILED;
	delivery->magic = DELIVERY_MAGIC;
	delivery->ifindex = ifindex;
	return VERDICT_NONE;
}

/* Sets the action of a packet that stays here; drops are told by the verdict. */
static __always_inline enum verdict deliver(struct xdp_md *ctx, __u32 ifindex, __u16 kind, int *action)
{
	if (kind == REAL_PEER) {
		*action = XDP_PASS;
		return deliver_to_peer(ctx, ifindex);
	}
	*action = bpf_redirect(ifindex, 0);
	return VERDICT_NONE;
}

static __always_inline enum verdict deliver_to_real(struct xdp_md *ctx, const struct packet *pkt,
						    const struct real *real, int *action)
{
	void *data = (void *)(long)ctx->data;
	enum verdict verdict;

	if (unlikely(pkt->l3_len > real->mtu))
		return refuse_too_big(ctx, pkt, real->mtu);
	if (real->kind == REAL_DEVICE) {
		if (data + sizeof(struct ethhdr) > (void *)(long)ctx->data_end)
			return DROP_TRUNCATED;
		/* The ethertype is the packet's: a real takes both families. */
		copy_mac(data, real->eth);
		copy_mac(data + ETH_ALEN, real->eth + ETH_ALEN);
	}
	verdict = deliver(ctx, real->ifindex, real->kind, action);
	return verdict ? verdict : VERDICT_DELIVER_LOCAL;
}

#endif
