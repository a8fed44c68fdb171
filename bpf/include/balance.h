/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* From a flow's hash to its real, and on the way to it. */
#ifndef LODESTONE_BALANCE_H
#define LODESTONE_BALANCE_H

#include "deliver.h"
#include "encap.h"
#include "hash.h"
#include "ring.h"
#include "vip.h"

/* A packet of a flow to its real. */
static __always_inline enum verdict balance(struct xdp_md *ctx, const struct config *config,
					    const struct vip *vip, const struct packet *pkt, __u64 hash,
					    int *action)
{
	__u32 index = pick_real(config, vip, pkt, hash);
	enum verdict verdict;
	struct real *real;

	if (unlikely(!index))
		return DROP_NO_REAL;
	real = bpf_map_lookup_elem(&reals, &index);
	if (unlikely(!real || real->kind == REAL_NONE))
		return DROP_REAL_DEAD;

	if (likely(real->kind == REAL_ENCAP))
		verdict = encapsulate(ctx, pkt, real, hash);
	else
		verdict = deliver_to_real(ctx, pkt, real, action);
	if (likely(verdict <= VERDICT_DELIVER_LOCAL)) { /* or VERDICT_FORWARD */
		count_vip(vip, pkt->l3_len);
		count_real(index, pkt->l3_len);
	}
	return verdict;
}

#endif
