/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* From a flow's hash to its real, and on the way to it. */
#ifndef LODESTONE_BALANCE_H
#define LODESTONE_BALANCE_H

#include "deliver.h"
#include "encap.h"
#include "event.h"
#include "hash.h"
#include "quic.h"
#include "ring.h"
#include "tunnel.h"
#include "vip.h"

/* A packet to the real that was picked, as pick_real() gives it. */
static __always_inline enum verdict send_to_picked(struct xdp_md *ctx, const struct config *config,
						   const struct vip *vip, const struct packet *pkt,
						   const struct flow_keys *keys, __u32 picked, int *action)
{
	__u32 index = picked & RING_REAL;
	enum verdict verdict;
	struct real *real;

	if (unlikely(!index))
		return DROP_NO_REAL;
	real = bpf_map_lookup_elem(&reals, &index);
	if (unlikely(!real || real->kind == REAL_NONE))
		return DROP_REAL_DEAD;

	if (likely(real->kind == REAL_ENCAP))
		verdict = encapsulate(ctx, pkt, real, keys->flow);
	else if (real->kind < REAL_IPIP)
		verdict = deliver_to_real(ctx, pkt, real, action);
	else if (real->kind != REAL_STACK)
		verdict = encapsulate_tunnel(ctx, index, keys->flow, pack_packet(pkt));
	else
		verdict = leave_to_stack(action);
	/* Or VERDICT_FORWARD, which is below. */
	if (likely(verdict <= VERDICT_DELIVER_LOCAL) || verdict == VERDICT_OWN_STACK) {
		count_vip(vip, pkt->proto, pkt->l3_len);
		count_real(index, pkt->l3_len);
		if (unlikely(config->listening & LISTEN_BALANCED))
			tell_xdp(ctx, tell_balanced(vip, verdict, picked), pkt->l3_len);
	}
	return verdict;
}

/* A packet to the real that its ring, or a record, names. */
static __always_inline enum verdict balance(struct xdp_md *ctx, const struct config *config,
					    const struct vip *vip, const struct packet *pkt,
					    const struct flow_keys *keys, int *action)
{
	return send_to_picked(ctx, config, vip, pkt, keys, pick_real(config, vip, pkt, keys), action);
}

#endif
