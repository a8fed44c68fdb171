/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Encapsulation directly in IPv6 (RFC 2473): the common form. Others are in tunnel.h. */
#ifndef LODESTONE_ENCAP_H
#define LODESTONE_ENCAP_H

#include "toobig.h"

#define OUTER_TTL 64

/*
 * The first eight bytes of an outer IPv6 header. The flow label carries the flow's entropy for ECMP in the
 * underlay (RFC 6438). The traffic class is the inner one, ECN included (RFC 6040, 4.1, normal mode).
 */
static __always_inline __u64 outer_ipv6_head(const struct packet *pkt, __u64 hash, __u16 payload,
					     __u8 nexthdr)
{
	__u32 first = bpf_htonl(6u << 28 | (__u32)pkt->traffic_class << 20 | (hash & 0xfffff));

	return first | (__u64)bpf_htons(payload) << 32 | (__u64)nexthdr << 48 | (__u64)OUTER_TTL << 56;
}

/* Ethernet and IPv6 header. */
static __always_inline void write_outer_ipv6(void *data, const struct real *real, __u64 head)
{
	copy_ethernet(data, real->eth);
	data += sizeof(struct ethhdr);
	*(word64 *)data = head;
	copy_address(data + 8, &real->src);
	copy_address(data + 24, &real->dst);
}

static __always_inline __u8 ip_in_ip(const struct packet *pkt)
{
	return pkt->ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
}

static __always_inline enum verdict encapsulate(struct xdp_md *ctx, const struct packet *pkt,
						const struct real *real, __u64 hash)
{
	void *data;

	if (unlikely(pkt->l3_len + sizeof(struct ipv6hdr) > real->mtu))
		return refuse_too_big(ctx, pkt, real->mtu - sizeof(struct ipv6hdr));
	if (unlikely(bpf_xdp_adjust_head(ctx, -(int)sizeof(struct ipv6hdr))))
		return DROP_ENCAP_FAILED;
	data = (void *)(long)ctx->data;
	if (unlikely(data + sizeof(struct ethhdr) + sizeof(struct ipv6hdr) > (void *)(long)ctx->data_end))
		return DROP_ENCAP_FAILED;
	write_outer_ipv6(data, real, outer_ipv6_head(pkt, hash, pkt->l3_len, ip_in_ip(pkt)));
	return VERDICT_FORWARD;
}

#endif
