/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Encapsulation in the forms that are not directly IPv6: in IPv4, and in UDP over either family. Not on the
 * common path, so that it stays small.
 */
#ifndef LODESTONE_TUNNEL_H
#define LODESTONE_TUNNEL_H

#include "encap.h"

#define GUE_PORT     6080
#define GENEVE_PORT  6081
#define ENTROPY_PORT 0xc000 /* source ports are 49152 to 65535 (RFC 6335, 6; RFC 8926, 3.3) */
#define ENTROPY_BITS 0x3fff

/* Without options (RFC 8926, 3.4). */
struct geneve {
	__be32 first; /* version, length of options, flags, protocol */
	__be32 vni;   /* in the upper 24 bits */
};
_Static_assert(sizeof(struct geneve) == 8, "geneve is 8 bytes");

#define GUE_LEN	   sizeof(struct udphdr)
#define GENEVE_LEN (sizeof(struct udphdr) + sizeof(struct geneve))

/* Bytes put in front of an IP packet; 0 for what is no form of this file. */
static __always_inline __u32 tunnel_overhead(__u16 kind)
{
	switch (kind) {
	case REAL_IPIP:
		return sizeof(struct iphdr);
	case REAL_GUE_IPV4:
		return sizeof(struct iphdr) + GUE_LEN;
	case REAL_GUE_IPV6:
		return sizeof(struct ipv6hdr) + GUE_LEN;
	case REAL_GENEVE_IPV4:
		return sizeof(struct iphdr) + GENEVE_LEN;
	case REAL_GENEVE_IPV6:
		return sizeof(struct ipv6hdr) + GENEVE_LEN;
	default:
		return 0;
	}
}

/*
 * Ethernet and IPv4 header. Always "don't fragment": what does not fit is answered, never cut (RFC 2003, 3.1
 * demands it where the inner packet has it), and such a packet needs no identification (RFC 6864, 4.1).
 */
static __always_inline void write_outer_ipv4(void *data, const struct packet *pkt, const struct real *real,
					     __u32 len, __u8 proto)
{
	__u32 first = bpf_htonl(0x45u << 24 | (__u32)pkt->traffic_class << 16 | len);
	__u32 second = bpf_htonl(IPV4_DONT_FRAGMENT);
	__u32 third = bpf_htonl(OUTER_TTL << 24 | proto << 16);
	__u32 src = real->src.words[3], dst = real->dst.words[3];
	__sum16 check = csum_fold((__u64)first + second + third + src + dst);
	word32 *word;

	copy_ethernet(data, real->eth);
	word = data + sizeof(struct ethhdr);
	word[0] = first;
	word[1] = second;
	word[2] = third | (__u32)check << 16;
	word[3] = src;
	word[4] = dst;
}

/*
 * The source port carries the flow's entropy for ECMP. No checksum: what is inside has its own, and receivers
 * drop what does not come from a machine they know (RFC 8926, 3.3 and 4.3; RFC 6935, 5; RFC 6936, 5).
 */
static __always_inline void write_udp(void *udp, __u64 hash, __u16 port, __u32 len)
{
	__u16 source = ENTROPY_PORT | (hash & ENTROPY_BITS);

	*(word64 *)udp = bpf_htons(source) | (__u64)bpf_htons(port) << 16 | (__u64)bpf_htons(len) << 32;
}

static __always_inline void write_geneve(void *header, const struct packet *pkt, const struct real *real)
{
	__u32 number = real->target & NIC_NUMBER;

	*(word64 *)header = bpf_htonl(pkt->ipv6 ? ETH_P_IPV6 : ETH_P_IP) | (__u64)bpf_htonl(number << 8)
										   << 32;
}

static __always_inline enum verdict write_tunnel_ipv4(void *data, void *end, const struct packet *pkt,
						      const struct real *real, __u64 hash, __u32 overhead)
{
	void *behind = data + sizeof(struct ethhdr) + sizeof(struct iphdr);
	__u8 proto = real->kind == REAL_IPIP ? ip_in_ip(pkt) : IPPROTO_UDP;
	__u32 len = pkt->l3_len + overhead;

	/* Behind IPIP follow at least the 20 bytes of the packet inside. */
	if (unlikely(behind + GENEVE_LEN > end))
		return DROP_ENCAP_FAILED;
	write_outer_ipv4(data, pkt, real, len, proto);
	if (real->kind == REAL_IPIP)
		return VERDICT_FORWARD;
	write_udp(behind, hash, real->kind == REAL_GUE_IPV4 ? GUE_PORT : GENEVE_PORT,
		  len - sizeof(struct iphdr));
	if (real->kind == REAL_GENEVE_IPV4)
		write_geneve(behind + sizeof(struct udphdr), pkt, real);
	return VERDICT_FORWARD;
}

static __always_inline enum verdict write_tunnel_ipv6(void *data, void *end, const struct packet *pkt,
						      const struct real *real, __u64 hash, __u32 overhead)
{
	void *behind = data + sizeof(struct ethhdr) + sizeof(struct ipv6hdr);
	__u32 payload = pkt->l3_len + overhead - sizeof(struct ipv6hdr);

	if (unlikely(behind + GENEVE_LEN > end))
		return DROP_ENCAP_FAILED;
	write_outer_ipv6(data, real, outer_ipv6_head(pkt, hash, payload, IPPROTO_UDP));
	write_udp(behind, hash, real->kind == REAL_GUE_IPV6 ? GUE_PORT : GENEVE_PORT, payload);
	if (real->kind == REAL_GENEVE_IPV6)
		write_geneve(behind + sizeof(struct udphdr), pkt, real);
	return VERDICT_FORWARD;
}

static __always_inline bool is_tunnel_in_ipv6(__u16 kind)
{
	return kind == REAL_GUE_IPV6 || kind == REAL_GENEVE_IPV6;
}

/* Into the room that is there. */
static __always_inline enum verdict write_tunnel(void *data, void *end, const struct packet *pkt,
						 const struct real *real, __u64 hash, __u32 overhead)
{
	return is_tunnel_in_ipv6(real->kind) ? write_tunnel_ipv6(data, end, pkt, real, hash, overhead)
					     : write_tunnel_ipv4(data, end, pkt, real, hash, overhead);
}

/* What a tunnel has to know about a packet, as one word: a global function takes numbers. */
static __always_inline __u64 pack_packet(const struct packet *pkt)
{
	return pkt->l3_len | (__u64)pkt->traffic_class << 16 | (__u64)pkt->ipv6 << 24 |
	       (__u64)pkt->follows << 25;
}

static __always_inline void unpack_packet(struct packet *pkt, __u64 packed)
{
	pkt->l3_len = packed;
	pkt->traffic_class = packed >> 16;
	pkt->ipv6 = packed >> 24 & 1;
	pkt->follows = packed >> 25 & 1;
}

/* Global, as serve_rare(): nothing of the packet may be used behind this. */
__noinline int encapsulate_tunnel(struct xdp_md *ctx, __u32 index, __u64 hash, __u64 packed)
{
	struct real *real = bpf_map_lookup_elem(&reals, &index);
	struct packet pkt = {};
	__u32 overhead;

	unpack_packet(&pkt, packed);
	overhead = real ? tunnel_overhead(real->kind) : 0;
	if (unlikely(!overhead || !real))
		return DROP_REAL_DEAD;
	if (unlikely(pkt.l3_len + overhead > real->mtu))
		return refuse_too_big(ctx, &pkt, real->mtu - overhead);
	if (unlikely(bpf_xdp_adjust_head(ctx, -(int)overhead)))
		return DROP_ENCAP_FAILED;
	return write_tunnel((void *)(long)ctx->data, (void *)(long)ctx->data_end, &pkt, real, hash, overhead);
}

#endif
