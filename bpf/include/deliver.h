/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* To a device of this machine. */
#ifndef LODESTONE_DELIVER_H
#define LODESTONE_DELIVER_H

#include "toobig.h"

/*
 * A veth is left to tc at the uplink, which hears in front of the packet where it goes: bpf_redirect_peer
 * needs nothing from the workload's namespace, while a redirect from XDP is lost unless the far end has GRO
 * on or an XDP program. The destination MAC stays the uplink's, so that the packet remains PACKET_HOST. Where
 * a VIP is to become the NIC's address (translate.h), tc serves any device: there a partial checksum is
 * known.
 */
static __always_inline enum verdict leave_to_tc(struct xdp_md *ctx, __u32 ifindex, __u32 magic)
{
	struct delivery *delivery;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*delivery)))
		return DROP_DELIVERY_FAILED;
	delivery = (void *)(long)ctx->data_meta;
	if ((void *)(delivery + 1) > (void *)(long)ctx->data)
		return DROP_DELIVERY_FAILED;
	delivery->magic = magic;
	delivery->ifindex = ifindex;
	return VERDICT_NONE;
}

/* Sets the action of a packet that stays here; drops are told by the verdict. */
static __always_inline enum verdict deliver(struct xdp_md *ctx, __u32 ifindex, __u16 kind, __u16 flags,
					    int *action)
{
	__u32 magic = DELIVERY_MAGIC;

	if (flags & NIC_TRANSLATES)
		magic = kind == REAL_PEER ? DELIVERY_TRANSLATED : DELIVERY_TRANSLATED_OUT;
	if (kind == REAL_PEER || magic != DELIVERY_MAGIC) {
		*action = XDP_PASS;
		return leave_to_tc(ctx, ifindex, magic);
	}
	*action = bpf_redirect(ifindex, 0);
	return VERDICT_NONE;
}

/*
 * As it came, with the VIP as its destination. What the stack makes of that is up to the machine, such as to
 * its kube-proxy.
 */
static __always_inline enum verdict leave_to_stack(int *action)
{
	*action = XDP_PASS;
	return VERDICT_OWN_STACK;
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
	verdict = deliver(ctx, real->ifindex, real->kind, real->flags, action);
	return verdict ? verdict : VERDICT_DELIVER_LOCAL;
}

#endif
