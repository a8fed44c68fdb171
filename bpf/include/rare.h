/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Packets to a VIP that are not plain TCP, UDP or SCTP. They are parsed afresh in a function of its own,
 * which the verifier checks by itself: neither its instructions nor its registers weigh on the common
 * packets.
 */
#ifndef LODESTONE_RARE_H
#define LODESTONE_RARE_H

#include "balance.h"
#include "fragment.h"
#include "icmp.h"

/*
 * What is read of it, beside its VIP. It lies in memory of its CPU, by hook: a stack has 512 bytes for all
 * functions in a row, the verifier follows no values through it, and a packet ends before the next one at its
 * hook on its CPU begins.
 */
struct rare {
	struct packet pkt;
	struct fragment fragment;
	struct fragment_key key; /* of a fragment; src is the client in any case */
	struct flow_keys keys;	 /* flow is what was read, the others by key_rare() */
	__u32 headers;		 /* bytes in front of the transport header, of what has one */
	__u32 real;		 /* that a connection ID names, as picked; else 0 */
	bool any_port;		 /* a later fragment whose port nobody knows */
	__u32 translate_at;	 /* in tc: the device of a NIC that translates */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct rare)); /* no type: the agent has no mirror of it */
} rare_packets SEC(".maps");

static __always_inline struct rare *get_rare(enum hook hook)
{
	__u32 key = hook;

	return bpf_map_lookup_elem(&rare_packets, &key);
}

/* Whether later fragments go by the record of their first. */
static __always_inline bool needs_record(const struct vip *vip)
{
	return !(vip->flags & VIP_ANY_FRAGMENT) || vip->flags & VIP_REKEYED;
}

/* A later fragment. Without a record, where that is not needed, it goes by its addresses and protocol. */
static __always_inline enum verdict rare_fragment(const struct vip *vip, struct rare *rare)
{
	enum verdict verdict = DROP_FRAGMENT;
	struct packet *pkt = &rare->pkt;

	if (needs_record(vip))
		verdict = follow_fragment(&rare->key, pkt, &rare->keys.flow);
	if (!verdict || !(vip->flags & VIP_ANY_FRAGMENT))
		return verdict;
	if (pkt->proto != IPPROTO_TCP && pkt->proto != IPPROTO_UDP && pkt->proto != IPPROTO_SCTP)
		return DROP_FRAGMENT;
	pkt->follows = true;
	rare->any_port = true;
	return VERDICT_NONE;
}

/* IPv4 with options, in fragments, or ICMP. VERDICT_NONE: to be balanced. */
static __always_inline enum verdict rare_ipv4(const struct config *config, struct ethhdr *eth,
					      struct cursor *c, __u32 network, long available,
					      struct rare *rare, struct vip **found)
{
	struct iphdr *ip = parse_ipv4(c);
	struct packet *pkt = &rare->pkt;
	enum verdict verdict;
	struct address dst;
	struct vip *vip;
	__u32 options, left;

	if (!ip)
		return DROP_TRUNCATED;
	address_from_ipv4(&dst, ip->daddr);
	vip = *found = find_vip(config, &dst, network);
	if (!vip)
		return PASS_NOT_A_VIP;
	if (*(__u8 *)ip < 0x45 || *(__u8 *)ip > 0x4f)
		return DROP_BAD_HEADER;
	options = options_len(ip);
	verdict = check_ipv4_size(ip, available, sizeof(*ip) + options, pkt);
	if (verdict)
		return verdict;

	rare->fragment.later = ip->frag_off & bpf_htons(IPV4_FRAGMENT_OFFSET);
	rare->fragment.first = ip->frag_off & bpf_htons(IPV4_FRAGMENT) && !rare->fragment.later;
	address_from_ipv4(&rare->key.src, ip->saddr);
	rare->key.dst = dst;
	rare->key.id = ip->id;
	rare->key.scope = network << 8 | pkt->proto;
	if (rare->fragment.later)
		return rare_fragment(vip, rare);

	left = pkt->l3_len - sizeof(*ip);
	if (!skip(c, &left, options))
		return DROP_TRUNCATED;
	if (pkt->proto == IPPROTO_ICMP)
		return rare->fragment.first ? DROP_FRAGMENT
					    : serve_icmp(config, vip, eth, ip, c, left, pkt, &rare->key.src,
							 &rare->keys.flow);
	rare->headers = pkt->l3_len - left;
	verdict = parse_transport(c, left, pkt);
	if (!verdict)
		rare->keys.flow = hash_ipv4(config, ip, pkt, network);
	return verdict;
}

/* IPv6 with extension headers, in fragments, or ICMPv6. VERDICT_NONE: to be balanced. */
static __always_inline enum verdict rare_ipv6(const struct config *config, struct ethhdr *eth,
					      struct cursor *c, __u32 network, long available,
					      struct rare *rare, struct vip **found)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct packet *pkt = &rare->pkt;
	enum verdict verdict;
	struct address dst;
	struct vip *vip;
	__u32 left;

	if (!ip6)
		return DROP_TRUNCATED;
	address_from_ipv6(&dst, &ip6->daddr);
	vip = *found = find_vip(config, &dst, network);
	if (!vip)
		return PASS_NOT_A_VIP;
	verdict = check_ipv6(ip6, available, pkt);
	if (verdict)
		return verdict;

	left = pkt->l3_len - sizeof(*ip6);
	verdict = skip_extensions(c, &left, &pkt->proto, &rare->fragment);
	if (verdict)
		return verdict;
	address_from_ipv6(&rare->key.src, &ip6->saddr);
	rare->key.dst = dst;
	rare->key.id = rare->fragment.id;
	rare->key.scope = network << 8;
	if (rare->fragment.later)
		return rare_fragment(vip, rare);
	if (pkt->proto == IPPROTO_ICMPV6)
		return rare->fragment.first ? DROP_FRAGMENT
					    : serve_icmpv6(config, vip, eth, ip6, c, left, pkt,
							   &rare->key.src, &rare->keys.flow);
	rare->headers = pkt->l3_len - left;
	verdict = parse_transport(c, left, pkt);
	if (!verdict)
		rare->keys.flow = hash_ipv6(config, ip6, pkt, network);
	return verdict;
}

/* What lies in so many bytes from the IP header on, of this network. VERDICT_NONE: to be balanced. */
static __always_inline enum verdict read_rare(const struct config *config, struct ethhdr *eth,
					      struct cursor *c, __u32 network, long available,
					      struct rare *rare, struct vip **found)
{
	enum verdict verdict;

	if (eth->h_proto == bpf_htons(ETH_P_IP))
		verdict = rare_ipv4(config, eth, c, network, available, rare, found);
	else
		verdict = rare_ipv6(config, eth, c, network, available, rare, found);
	if (!verdict && !rare->any_port && !port_allowed(*found, &rare->pkt))
		verdict = DROP_PORT_NOT_ALLOWED;
	if (!verdict && rare->fragment.first && needs_record(*found))
		record_fragment(&rare->key, &rare->pkt, rare->keys.flow);
	return verdict;
}

/* What its ring and its records go by. */
static __always_inline void key_rare(const struct vip *vip, struct rare *rare)
{
	const struct address *client = &rare->key.src;
	struct flow_keys *keys = &rare->keys;

	keys->slot = keys->old = keys->flow;
	if (is_keyed(vip))
		find_keys(vip, client->halves[0], client->halves[1], &rare->pkt, keys);
	if (rare->any_port)
		keys->flow = keys->old = keys->slot;
}

/* Whether a connection ID counts. All of a packet's fragments go by the ring, since only one has the ID. */
static __always_inline bool rare_goes_by_id(const struct vip *vip, const struct rare *rare)
{
	return goes_by_id(vip, &rare->pkt) && !rare->pkt.follows && !rare->fragment.first;
}

#define RARE_ACTION_SHIFT 16 /* action << 16 | verdict */

/* What a global function gave back. */
static __always_inline enum verdict take_served(__u32 served, int *action)
{
	*action = served >> RARE_ACTION_SHIFT;
	return served & 0xff;
}

/* Global: verified once, and called with nothing but the packet. */
__noinline int serve_rare(struct xdp_md *ctx)
{
	struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct ethhdr *eth = parse_ethernet(&c);
	struct config *config = get_config();
	struct rare *rare = get_rare(HOOK_XDP);
	enum verdict verdict;
	struct vip *vip = NULL;
	int action = XDP_TX;

	if (!eth || !config || !rare)
		return DROP_TRUNCATED;
	__builtin_memset(rare, 0, sizeof(*rare));
	verdict = read_rare(config, eth, &c, PUBLIC_NETWORK, c.end - c.pos + (long)beyond_linear(ctx), rare,
			    &vip);
	if (!verdict && vip) {
		__u32 picked;

		key_rare(vip, rare);
		if (rare_goes_by_id(vip, rare))
			rare->real = find_quic_server(ctx, vip, sizeof(*eth) + rare->headers,
						      rare->pkt.l3_len - rare->headers);
		picked = rare->real ? rare->real : pick_real(config, vip, &rare->pkt, &rare->keys);
		verdict = send_to_picked(ctx, config, vip, &rare->pkt, &rare->keys, picked, &action);
	}
	return action << RARE_ACTION_SHIFT | verdict;
}

/* Nothing of the packet may be used behind this. */
static __always_inline enum verdict leave_fast_path(struct xdp_md *ctx, int *action)
{
	return take_served(serve_rare(ctx), action);
}

#endif
