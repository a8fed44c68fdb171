/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The network at a NIC: packets of a workload to Internal VIPs and to other NICs of its network. Parsing,
 * port rules, rings and flows are the gateway's; only what touches the frame is tc's: it may be a large one
 * of which the device makes segments (GSO), with a checksum that somebody still has to finish.
 */
#ifndef LODESTONE_OVERLAY_H
#define LODESTONE_OVERLAY_H

#include "rare.h"
#include "tunnel.h"

/* gso_size stays: the sender's segments are what was judged. */
#define NIC_ENCAP_FLAGS (BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET)

/* What there may be in front of a transport header, and that header itself with what an ICMP error quotes. */
#define NIC_RARE_LINEAR 640

static __always_inline long nic_available(const struct __sk_buff *skb)
{
	return (long)skb->len - ETH_HLEN;
}

/* Headers may lie in the fragments of a socket buffer. */
static __always_inline struct cursor pull_frame(struct __sk_buff *skb, __u32 linear)
{
	if (skb->data_end - skb->data < linear)
		bpf_skb_pull_data(skb, skb->len < linear ? skb->len : linear);
	return whole_frame(skb, HOOK_TC);
}

/*
 * L3 bytes of what a wire will carry: a segment, where the device makes them. headers is how far behind the
 * Ethernet header the transport header is. SCTP's segments are the sender's packets, of which nothing is
 * known here.
 */
static __always_inline __u32 wire_len(struct __sk_buff *skb, __u32 headers, const struct packet *pkt)
{
	__u32 segment = skb->gso_size;
	__u8 words;

	if (likely(!segment) || pkt->follows)
		return pkt->l3_len;
	if (pkt->proto == IPPROTO_UDP)
		return headers + sizeof(struct udphdr) + segment;
	if (pkt->proto != IPPROTO_TCP)
		return headers;
	if (bpf_skb_load_bytes(skb, ETH_HLEN + headers + 12, &words, sizeof(words)))
		return pkt->l3_len;
	return headers + (words >> 4) * 4 + segment;
}

static __always_inline enum verdict refuse_too_big_tc(struct __sk_buff *skb, const struct packet *pkt,
						      __u32 mtu)
{
	return pkt->follows ? DROP_TOO_BIG : answer_too_big_tc(skb, mtu);
}

static __always_inline enum verdict encapsulate_tc(struct __sk_buff *skb, const struct packet *pkt,
						   const struct real *real, __u64 hash)
{
	void *data;

	if (bpf_skb_adjust_room(skb, sizeof(struct ipv6hdr), BPF_ADJ_ROOM_MAC,
				NIC_ENCAP_FLAGS | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6))
		return DROP_ENCAP_FAILED;
	data = (void *)(long)skb->data;
	if (data + sizeof(struct ethhdr) + sizeof(struct ipv6hdr) > (void *)(long)skb->data_end)
		return DROP_ENCAP_FAILED;
	write_outer_ipv6(data, real, outer_ipv6_head(pkt, hash, pkt->l3_len, ip_in_ip(pkt)));
	return VERDICT_FORWARD;
}

/* With the action of what is delivered: it is for a NIC with NIC_TRANSLATES, whose device is in the memory.
 */
#define ACTION_TRANSLATE 0x100

/*
 * Whether lodestone_nic has to translate what it delivers: not here, where the verifier would follow every
 * way.
 */
static __always_inline int mark_translation(const struct real *real)
{
	struct rare *memory;

	if (likely(!(real->flags & NIC_TRANSLATES)))
		return 0;
	memory = get_rare(HOOK_TC);
	if (memory)
		memory->translate_at = real->ifindex;
	return ACTION_TRANSLATE;
}

/* What tells the device which headers to put in front of each segment. */
static __always_inline __u64 tunnel_flags(__u16 kind)
{
	__u64 outer = is_tunnel_in_ipv6(kind) ? BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 : BPF_F_ADJ_ROOM_ENCAP_L3_IPV4;

	return NIC_ENCAP_FLAGS | outer | (kind == REAL_IPIP ? 0 : BPF_F_ADJ_ROOM_ENCAP_L4_UDP);
}

/* In a form of tunnel.h, of a packet of which a wire carries so many bytes at once. Global, as serve_rare().
 */
__noinline int encapsulate_tunnel_tc(struct __sk_buff *skb, const struct real *real, __u64 hash, __u64 packed,
				     __u32 wire)
{
	struct packet pkt = {};
	__u32 overhead;

	unpack_packet(&pkt, packed);
	overhead = real ? tunnel_overhead(real->kind) : 0;
	if (!overhead || !real)
		return DROP_REAL_DEAD;
	if (wire + overhead > real->mtu)
		return refuse_too_big_tc(skb, &pkt, real->mtu - overhead);
	if (bpf_skb_adjust_room(skb, overhead, BPF_ADJ_ROOM_MAC, tunnel_flags(real->kind)))
		return DROP_ENCAP_FAILED;
	return write_tunnel((void *)(long)skb->data, (void *)(long)skb->data_end, &pkt, real, hash, overhead);
}

/* The destination MAC was the uplink's: without the change of type, ip_rcv() of the workload drops the
 * packet.
 */
static __always_inline enum verdict deliver_tc(struct __sk_buff *skb, const struct real *real, int *action)
{
	void *data = (void *)(long)skb->data;
	int translates = mark_translation(real);

	if (real->kind == REAL_PEER) {
		if (skb->pkt_type != PACKET_HOST)
			bpf_skb_change_type(skb, PACKET_HOST);
		*action = bpf_redirect_peer(real->ifindex, 0) | translates;
		return VERDICT_DELIVER_LOCAL;
	}
	if (data + sizeof(struct ethhdr) > (void *)(long)skb->data_end)
		return DROP_TRUNCATED;
	copy_mac(data, real->eth);
	copy_mac(data + ETH_ALEN, real->eth + ETH_ALEN);
	*action = bpf_redirect(real->ifindex, 0) | translates;
	return VERDICT_DELIVER_LOCAL;
}

/* A packet of which a wire carries so many bytes at once, to a real. */
static __always_inline enum verdict send_to_real(struct __sk_buff *skb, const struct packet *pkt,
						 const struct real *real, __u64 hash, __u32 wire, int *action)
{
	bool encap = real->kind == REAL_ENCAP;

	if (real->kind == REAL_NONE)
		return DROP_REAL_DEAD;
	if (real->kind > REAL_DEVICE)
		return encapsulate_tunnel_tc(skb, real, hash, pack_packet(pkt), wire);
	if (encap && wire + sizeof(struct ipv6hdr) > real->mtu)
		return refuse_too_big_tc(skb, pkt, real->mtu - sizeof(struct ipv6hdr));
	if (!encap && wire > real->mtu)
		return refuse_too_big_tc(skb, pkt, real->mtu);
	return encap ? encapsulate_tc(skb, pkt, real, hash) : deliver_tc(skb, real, action);
}

static __always_inline enum verdict balance_tc(struct __sk_buff *skb, const struct config *config,
					       const struct vip *vip, const struct packet *pkt,
					       const struct flow_keys *keys, __u32 server, __u32 wire,
					       int *action)
{
	__u32 picked = server ? server : pick_real(config, vip, pkt, keys), index = picked & RING_REAL;
	enum verdict verdict;
	struct real *real;

	if (!index)
		return DROP_NO_REAL;
	real = bpf_map_lookup_elem(&reals, &index);
	if (!real)
		return DROP_REAL_DEAD;
	/* At a NIC there is no such real: this machine is no target of Internal VIPs. */
	if (unlikely(real->kind == REAL_STACK && vip->network == PUBLIC_NETWORK))
		verdict = VERDICT_OWN_STACK;
	else
		verdict = send_to_real(skb, pkt, real, keys->flow, wire, action);
	/* Or VERDICT_FORWARD, which is below. */
	if (likely(verdict <= VERDICT_DELIVER_LOCAL) || verdict == VERDICT_OWN_STACK) {
		count_vip(vip, pkt->proto, pkt->l3_len);
		count_real(index, pkt->l3_len);
		if (unlikely(config->listening & LISTEN_BALANCED))
			tell_tc(skb, tell_balanced(vip, verdict, picked), pkt->l3_len);
	}
	return verdict;
}

/* What was read of a packet into the memory of its CPU, to its real. Global: verified once, not once for each
 * way to it.
 */
__noinline int balance_nic(struct __sk_buff *skb, const struct vip *vip, __u32 headers)
{
	struct rare *rare = get_rare(HOOK_TC);
	struct config *config = get_config();
	int action = TC_ACT_SHOT;
	enum verdict verdict;

	if (!config || !rare || !vip)
		return DROP_TRUNCATED;
	key_rare(vip, rare);
	verdict = balance_tc(skb, config, vip, &rare->pkt, &rare->keys, rare->real,
			     wire_len(skb, headers, &rare->pkt), &action);
	return action << RARE_ACTION_SHIFT | verdict;
}

/* As serve_rare(), for a packet of a workload of this network. */
__noinline int serve_rare_tc(struct __sk_buff *skb, __u32 network)
{
	struct cursor c = pull_frame(skb, NIC_RARE_LINEAR);
	struct rare *rare = get_rare(HOOK_TC);
	struct ethhdr *eth = parse_ethernet(&c);
	struct config *config = get_config();
	struct vip *vip = NULL;
	enum verdict verdict;

	if (!eth || !config || !rare)
		return DROP_TRUNCATED;
	__builtin_memset(rare, 0, sizeof(*rare));
	verdict = read_rare(config, eth, &c, network, nic_available(skb), rare, &vip);
	if (verdict || !vip)
		return TC_ACT_SHOT << RARE_ACTION_SHIFT | verdict;
	if (rare_goes_by_id(vip, rare))
		rare->real = find_quic_server_tc(skb, vip, sizeof(*eth) + rare->headers,
						 rare->pkt.l3_len - rare->headers);
	return balance_nic(skb, vip, rare->headers);
}

static __always_inline enum verdict leave_fast_path_tc(struct __sk_buff *skb, __u32 network, int *action)
{
	return take_served(serve_rare_tc(skb, network), action);
}

static __always_inline enum verdict balance_read(struct __sk_buff *skb, const struct vip *vip,
						 const struct packet *pkt, const struct address *client,
						 __u64 hash, __u32 headers, int *action)
{
	struct rare *rare = get_rare(HOOK_TC);

	if (!rare)
		return DROP_TRUNCATED;
	rare->key.src = *client;
	rare->pkt = *pkt;
	rare->keys.flow = hash;
	rare->any_port = false;
	rare->real = 0;
	return take_served(balance_nic(skb, vip, headers), action);
}

static __always_inline enum verdict balance_ipv4(struct __sk_buff *skb, const struct config *config,
						 const struct vip *vip, const struct iphdr *ip,
						 struct cursor *c, int *action)
{
	struct packet pkt = {};
	struct address client;
	enum verdict verdict;

	verdict = check_ipv4(ip, nic_available(skb), &pkt);
	if (unlikely(verdict))
		return verdict == DROP_BAD_HEADER ? verdict : leave_fast_path_tc(skb, vip->network, action);
	if (unlikely(pkt.proto == IPPROTO_ICMP || goes_by_id(vip, &pkt)))
		return leave_fast_path_tc(skb, vip->network, action);
	verdict = parse_transport(c, pkt.l3_len - sizeof(*ip), &pkt);
	if (unlikely(verdict))
		return verdict;
	if (unlikely(!port_allowed(vip, &pkt)))
		return DROP_PORT_NOT_ALLOWED;
	address_from_ipv4(&client, ip->saddr);
	return balance_read(skb, vip, &pkt, &client, hash_ipv4(config, ip, &pkt, vip->network),
			    c->pos - (const void *)ip, action);
}

static __always_inline enum verdict balance_ipv6(struct __sk_buff *skb, const struct config *config,
						 const struct vip *vip, const struct ipv6hdr *ip6,
						 struct cursor *c, int *action)
{
	struct packet pkt = {};
	struct address client;
	enum verdict verdict;

	verdict = check_ipv6(ip6, nic_available(skb), &pkt);
	if (unlikely(verdict))
		return verdict;
	if (unlikely(pkt.proto == IPPROTO_ICMPV6 || goes_by_id(vip, &pkt)))
		return leave_fast_path_tc(skb, vip->network, action);
	verdict = parse_transport(c, pkt.l3_len - sizeof(*ip6), &pkt);
	if (unlikely(verdict))
		return verdict == DROP_EXTENSION_HEADER || verdict == DROP_FRAGMENT
			       ? leave_fast_path_tc(skb, vip->network, action)
			       : verdict;
	if (unlikely(!port_allowed(vip, &pkt)))
		return DROP_PORT_NOT_ALLOWED;
	address_from_ipv6(&client, &ip6->saddr);
	return balance_read(skb, vip, &pkt, &client, hash_ipv6(config, ip6, &pkt, vip->network),
			    c->pos - (const void *)ip6, action);
}

/*
 * What a route needs to know of a packet: its length and, for the flow label, its ports; all fragments of a
 * packet have none, so that they stay together. The cursor moves to the transport header.
 */
static __always_inline enum verdict read_routed_ipv4(const struct config *config, struct cursor *c,
						     long available, struct packet *pkt, __u64 *hash)
{
	struct iphdr *ip = parse_ipv4(c);
	enum verdict verdict;
	__u32 options;

	if (!ip || *(__u8 *)ip < 0x45 || *(__u8 *)ip > 0x4f)
		return DROP_BAD_HEADER;
	options = options_len(ip);
	verdict = check_ipv4_size(ip, available, sizeof(*ip) + options, pkt);
	if (verdict)
		return verdict;
	c->pos += options;
	pkt->follows = ip->frag_off & bpf_htons(IPV4_FRAGMENT_OFFSET);
	if (!(ip->frag_off & bpf_htons(IPV4_FRAGMENT)))
		parse_transport(c, pkt->l3_len - sizeof(*ip) - options, pkt);
	*hash = hash_ipv4(config, ip, pkt, PUBLIC_NETWORK);
	return VERDICT_NONE;
}

/* The flow label of a packet with a header that is not walked tells its addresses apart, no more. */
static __always_inline enum verdict read_routed_ipv6(const struct config *config, struct cursor *c,
						     long available, struct packet *pkt, __u64 *hash)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct fragment fragment = {};
	enum verdict verdict;
	__u8 proto;
	__u32 left;

	if (!ip6)
		return DROP_BAD_HEADER;
	verdict = check_ipv6(ip6, available, pkt);
	if (verdict)
		return verdict;
	left = pkt->l3_len - sizeof(*ip6);
	proto = pkt->proto;
	if (!skip_extensions(c, &left, &proto, &fragment)) {
		pkt->follows = fragment.later;
		if (!fragment.first && !fragment.later) {
			pkt->proto = proto;
			parse_transport(c, left, pkt);
		}
	}
	*hash = hash_ipv6(config, ip6, pkt, PUBLIC_NETWORK);
	return VERDICT_NONE;
}

/* Only pings are told that they are too big: ICMP errors never are (RFC 1122, 3.2.2; RFC 4443, 2.4 (e)). */
static __always_inline bool is_quiet_icmp(const struct cursor *c, const struct packet *pkt)
{
	__u8 type;

	if (pkt->proto != (pkt->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return false;
	if (c->pos + 1 > c->end)
		return true;
	type = *(__u8 *)c->pos;
	return pkt->ipv6 ? type != ECHO_REQUEST_IPV6 && type != ECHO_REPLY_IPV6
			 : type != ECHO_REQUEST_IPV4 && type != ECHO_REPLY_IPV4;
}

/* A packet to a NIC, whatever it is. Global, as serve_rare(). */
__noinline int serve_route(struct __sk_buff *skb, const struct real *real)
{
	struct cursor c = pull_frame(skb, NIC_RARE_LINEAR);
	struct ethhdr *eth = parse_ethernet(&c);
	struct config *config = get_config();
	struct packet pkt = {};
	enum verdict verdict;
	int action = TC_ACT_SHOT;
	__u64 hash = 0;

	if (!eth || !config || !real)
		return DROP_TRUNCATED;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		verdict = read_routed_ipv4(config, &c, nic_available(skb), &pkt, &hash);
	else
		verdict = read_routed_ipv6(config, &c, nic_available(skb), &pkt, &hash);
	if (verdict)
		return verdict;
	pkt.follows |= is_quiet_icmp(&c, &pkt);
	verdict =
		send_to_real(skb, &pkt, real, hash, wire_len(skb, c.pos - (void *)(eth + 1), &pkt), &action);
	if (verdict == VERDICT_FORWARD)
		verdict = VERDICT_ROUTE_FORWARD;
	else if (verdict == VERDICT_DELIVER_LOCAL)
		verdict = VERDICT_ROUTE_LOCAL;
	return action << RARE_ACTION_SHIFT | verdict;
}

static __always_inline enum verdict follow_route(struct __sk_buff *skb, const struct real *real, int *action)
{
	return take_served(serve_route(skb, real), action);
}

#endif
