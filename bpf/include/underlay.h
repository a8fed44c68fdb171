/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the underlay sends to this machine's own addresses: Geneve for its NICs (RFC 8926), and what routers
 * say about packets that we encapsulated (RFC 1191, RFC 8201). Everything else is the kernel's.
 */
#ifndef LODESTONE_UNDERLAY_H
#define LODESTONE_UNDERLAY_H

#include "decap.h"
#include "hash.h"
#include "rare.h"
#include "tunnel.h"

#define OUTER_MTU_MIN_IPV4 576

/* An outer packet, or one that is quoted. */
struct outer {
	struct address src;
	struct address dst;
	__u8 proto;
	__u32 header;  /* bytes of its IP header */
	__u32 left;    /* bytes behind that, as it says itself */
	__u32 entropy; /* flow label; IPv6 only */
};

static __always_inline bool is_same(const struct address *a, const struct address *b)
{
	return a->halves[0] == b->halves[0] && a->halves[1] == b->halves[1];
}

/* Whole packets without options or extension headers: others are none of ours. */
static __always_inline bool read_outer_ipv4(struct cursor *c, struct outer *outer)
{
	struct iphdr *ip = parse_ipv4(c);
	__u32 len;

	if (!ip || *(__u8 *)ip != 0x45 || ip->frag_off & bpf_htons(IPV4_FRAGMENT))
		return false;
	len = bpf_ntohs(ip->tot_len);
	if (len < sizeof(*ip))
		return false;
	address_from_ipv4(&outer->src, ip->saddr);
	address_from_ipv4(&outer->dst, ip->daddr);
	outer->proto = ip->protocol;
	outer->header = sizeof(*ip);
	outer->left = len - sizeof(*ip);
	return true;
}

static __always_inline bool read_outer_ipv6(struct cursor *c, struct outer *outer)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);

	if (!ip6 || *(__u8 *)ip6 >> 4 != 6)
		return false;
	address_from_ipv6(&outer->src, &ip6->saddr);
	address_from_ipv6(&outer->dst, &ip6->daddr);
	outer->proto = ip6->nexthdr;
	outer->header = sizeof(*ip6);
	outer->left = bpf_ntohs(ip6->payload_len);
	outer->entropy = bpf_ntohl(*(word32 *)ip6) & 0xfffff;
	return true;
}

/* Geneve to a NIC. VERDICT_NONE: to be delivered. */
static __always_inline enum verdict read_geneve(const struct config *config, struct cursor *c, __u64 beyond,
						const struct outer *outer, struct inner *inner)
{
	struct geneve_key key = {.dst = outer->dst};
	__u32 left = outer->left, first, options;
	struct udphdr *udp = take(c, &left, sizeof(*udp));
	struct geneve *geneve = take(c, &left, sizeof(*geneve));

	if (!udp || !geneve || udp->dest != bpf_htons(GENEVE_PORT))
		return PASS_NOT_A_VIP;
	key.number = bpf_ntohl(geneve->vni) >> 8;
	inner->nic = bpf_map_lookup_elem(&geneve_nics, &key);
	if (!inner->nic)
		return PASS_NOT_A_VIP;
	if (!is_known_source(config, &outer->src))
		return DROP_UNDERLAY_SOURCE;

	/* Version 0, no control packet, no option that must be understood (RFC 8926, 3.4). Gateways send no
	 * checksum, and one that is there would have to be right (RFC 8926, 3.3). */
	first = bpf_ntohl(geneve->first);
	if (first >> 30 || first & 0xc00000 || udp->check || bpf_ntohs(udp->len) != outer->left)
		return DROP_GENEVE_HEADER;
	options = (first >> 24 & 0x3f) * 4;
	inner->ethertype = first;
	inner->outer = outer->header + GENEVE_LEN + options;
	if (!skip(c, &left, options) || !is_inner_good(c->pos, c->end, beyond, left, inner->ethertype))
		return DROP_INNER_BAD;
	return VERDICT_NONE;
}

/* The hash of the flow inside a packet of ours, as far as it is quoted; false where it can't be told. */
static __always_inline bool hash_quoted(const struct config *config, struct cursor *c, bool ipv6, __u64 *hash)
{
	struct packet pkt = {};
	struct ipv6hdr *ip6;
	struct iphdr *ip;
	word32 *ports;

	if (ipv6) {
		ip6 = parse_ipv6(c);
		ports = c->pos;
		if (!ip6 || (void *)(ports + 1) > c->end || *(__u8 *)ip6 >> 4 != 6)
			return false;
		pkt.proto = ip6->nexthdr;
		pkt.ports = *ports;
		*hash = hash_ipv6(config, ip6, &pkt, PUBLIC_NETWORK);
	} else {
		ip = parse_ipv4(c);
		ports = c->pos;
		if (!ip || (void *)(ports + 1) > c->end || *(__u8 *)ip != 0x45 ||
		    ip->frag_off & bpf_htons(IPV4_FRAGMENT))
			return false;
		pkt.proto = ip->protocol;
		pkt.ports = *ports;
		*hash = hash_ipv4(config, ip, &pkt, PUBLIC_NETWORK);
	}
	return pkt.proto == IPPROTO_TCP || pkt.proto == IPPROTO_UDP || pkt.proto == IPPROTO_SCTP;
}

/*
 * Whether a quoted packet is one that we sent. Its flow label or UDP source port are bits of the flow's hash,
 * whose seed nobody else knows: who did not see the packet guesses 1 in 2^20, or 2^14. Directly in IPv4 there
 * is nothing to compare.
 */
static __always_inline bool is_quote_ours(const struct config *config, struct cursor *c,
					  const struct outer *quoted)
{
	bool ipv6 = quoted->proto == IPPROTO_IPV6;
	__u32 entropy = quoted->entropy, mask = 0xfffff;
	struct geneve *geneve;
	struct udphdr *udp;
	__u64 hash;

	if (quoted->proto == IPPROTO_UDP) {
		udp = c->pos;
		if ((void *)(udp + 1) > c->end)
			return false;
		c->pos = udp + 1;
		entropy = bpf_ntohs(udp->source) - ENTROPY_PORT;
		mask = ENTROPY_BITS;
		if (udp->dest == bpf_htons(GENEVE_PORT)) {
			geneve = c->pos;
			if ((void *)(geneve + 1) > c->end)
				return false;
			c->pos = geneve + 1;
			ipv6 = geneve->first == bpf_htonl(ETH_P_IPV6);
		} else {
			if (udp->dest != bpf_htons(GUE_PORT) || c->pos + 1 > c->end)
				return false;
			ipv6 = *(__u8 *)c->pos >> 4 == 6;
		}
	} else if (quoted->proto != IPPROTO_IPIP && quoted->proto != IPPROTO_IPV6) {
		return false;
	} else if (quoted->header == sizeof(struct iphdr)) {
		return true;
	}
	return hash_quoted(config, c, ipv6, &hash) && (hash & mask) == entropy;
}

/*
 * A router says what fits. Heeded where it quotes a packet of ours to a real, and takes no more than the
 * limits that every host may count on (RFC 8201, 4; of IPv4 576, which every one takes: RFC 791, 3.1). CPUs
 * write plain words: one of two messages at a time may be lost, and the next packet that is too large brings
 * another.
 */
static __always_inline enum verdict learn_mtu(const struct config *config, struct cursor *c,
					      const struct outer *outer, __u32 least)
{
	__u32 left = outer->left, mtu, len;
	struct too_big *message = take(c, &left, sizeof(*message));
	bool ipv6 = outer->header == sizeof(struct ipv6hdr);
	struct outer quoted = {};
	struct path_mtu *path;

	if (!message || message->type != (ipv6 ? TOO_BIG_IPV6 : TOO_BIG_IPV4) ||
	    message->code != (ipv6 ? 0 : TOO_BIG_IPV4_CODE))
		return PASS_NOT_A_VIP;
	mtu = bpf_ntohl(message->mtu);
	if (!ipv6)
		mtu &= 0xffff;
	if (!(ipv6 ? read_outer_ipv6(c, &quoted) : read_outer_ipv4(c, &quoted)))
		return PASS_NOT_A_VIP;
	len = quoted.header + quoted.left;
	if (!mtu || (ipv6 && mtu < least) || len <= mtu)
		return PASS_NOT_A_VIP;
	if (mtu < least)
		mtu = least;

	path = bpf_map_lookup_elem(&path_mtus, &quoted.dst);
	if (!path || (path->mtu && path->mtu < mtu) || !is_same(&path->src, &quoted.src) ||
	    !is_same(&outer->dst, &quoted.src) || !is_quote_ours(config, c, &quoted))
		return PASS_NOT_A_VIP;
	path->mtu = mtu;
	path->heard++;
	return VERDICT_MTU_LEARNT;
}

/*
 * What is to an address that is no VIP. VERDICT_NONE: a packet inside, to be delivered. beyond is how much of
 * the frame lies behind the cursor's end.
 */
static __always_inline enum verdict read_underlay(struct cursor *c, __u64 beyond, struct inner *inner)
{
	struct ethhdr *eth = parse_ethernet(c);
	struct config *config = get_config();
	struct outer outer = {};
	bool ipv6;

	if (!eth || !config)
		return DROP_TRUNCATED;
	ipv6 = eth->h_proto == bpf_htons(ETH_P_IPV6);
	if (!(ipv6 ? read_outer_ipv6(c, &outer) : read_outer_ipv4(c, &outer)))
		return PASS_NOT_A_VIP;
	if (outer.proto == IPPROTO_UDP)
		return read_geneve(config, c, beyond, &outer, inner);
	if (outer.proto == (ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return learn_mtu(config, c, &outer, ipv6 ? MTU_MIN_IPV6 : OUTER_MTU_MIN_IPV4);
	return PASS_NOT_A_VIP;
}

/* Global, as serve_rare(): nothing of the packet may be used behind this. */
__noinline int serve_underlay(struct xdp_md *ctx)
{
	struct cursor c = whole_frame(ctx, HOOK_XDP);
	struct config *config = get_config();
	struct inner inner = {};
	enum verdict verdict = read_underlay(&c, beyond_linear(ctx), &inner);
	int action = XDP_PASS;

	if (!verdict && inner.nic && config)
		verdict = deliver_inner(ctx, inner.nic, config, inner.ethertype, inner.outer, &action);
	return action << RARE_ACTION_SHIFT | verdict;
}

/* To no VIP. Nothing of the packet may be used behind this. */
static __always_inline enum verdict leave_to_underlay(struct xdp_md *ctx, int *action)
{
	return take_served(serve_underlay(ctx), action);
}

#endif
