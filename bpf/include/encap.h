/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Encapsulation in IPv6 (RFC 2473): the real's template in front, three fields and the next header patched.
 */
#ifndef LODESTONE_ENCAP_H
#define LODESTONE_ENCAP_H

#include "toobig.h"

#define OUTER_LEN (sizeof(struct ethhdr) + sizeof(struct ipv6hdr))

/* The template starts at real.eth and runs through real.ip6. */
_Static_assert(offsetof(struct real, ip6) == offsetof(struct real, eth) + sizeof(struct ethhdr),
	       "the outer headers are one block");
_Static_assert(OUTER_LEN == 54, "copied as six 8-byte words, one of 4 and one of 2");

static __always_inline void copy_outer(void *to, const void *from)
{
#pragma clang loop unroll(full)
	for (int i = 0; i < 48; i += 8)
		*(word64 *)(to + i) = *(const word64 *)(from + i);
	*(word32 *)(to + 48) = *(const word32 *)(from + 48);
	*(word16 *)(to + 52) = *(const word16 *)(from + 52);
}

/*
 * The flow label carries the flow's entropy for ECMP in the underlay (RFC 6438). The traffic class is the
 * inner one, ECN included (RFC 6040, 4.1, normal mode).
 */
static __always_inline enum verdict encapsulate(struct xdp_md *ctx, const struct packet *pkt,
						const struct real *real, __u64 hash)
{
	struct ipv6hdr *outer;
	void *data;

	if (unlikely(pkt->l3_len + sizeof(*outer) > real->mtu))
		return refuse_too_big(ctx, pkt, real->mtu - sizeof(*outer));
	if (unlikely(bpf_xdp_adjust_head(ctx, -(int)sizeof(*outer))))
		return DROP_ENCAP_FAILED;
	data = (void *)(long)ctx->data;
	if (unlikely(data + OUTER_LEN > (void *)(long)ctx->data_end))
		return DROP_ENCAP_FAILED;

	copy_outer(data, real->eth);
	outer = data + sizeof(struct ethhdr);
	*(word32 *)outer = bpf_htonl(6u << 28 | (__u32)pkt->traffic_class << 20 | (hash & 0xfffff));
	outer->payload_len = bpf_htons(pkt->l3_len);
	outer->nexthdr = pkt->ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
	return VERDICT_FORWARD;
}

#endif
