/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Delivery by translation, for workloads that can't own a VIP: on the way into a NIC the VIP becomes the
 * NIC's own address, on the way out that address becomes the VIP again. Ports stay. All of it is done in tc,
 * where the helpers know whether a checksum is finished (RFC 1624) or the device's to finish.
 *
 * The way in keeps nothing. The way out can't: a packet from the NIC's address may as well answer one that
 * was sent to that very address. So the flows that came by a VIP are recorded, first in translated_new and,
 * once the workload has answered with more than a handshake or a refusal, in translated_flows: what nobody
 * answers pushes out nothing that lives. Whatever has no record is the NIC's own.
 */
#ifndef LODESTONE_TRANSLATE_H
#define LODESTONE_TRANSLATE_H

#include "overlay.h"
#include "prober.h"

enum translation {
	TRANSLATE_NONE, /* to no VIP that is translated here */
	TRANSLATE_DONE,
	TRANSLATE_BAD, /* to one, and can't be translated */
};

#define TRANSLATED_NEW_LIMIT 4 /* units of age (103 to 137 s) that a flow waits for an answer */
#define TRANSLATED_UDP_LIMIT 9 /* units (275 to 309 s) that one of UDP may be idle; RFC 4787, REQ-5 */

#define TCP_RST	       0x04
#define SCTP_INIT_ACK  2
#define SCTP_ABORT     6
#define TCP_CHECK_AT   16
#define UDP_CHECK_AT   6
#define IPV4_CHECK_AT  10
#define IPV4_SOURCE_AT 12
#define IPV6_SOURCE_AT 8
#define ICMP_HEADER    8
#define ICMP_CHECK_AT  2

/* A packet, or one that is quoted. */
struct place {
	struct address src;
	struct address dst;
	__u32 at;    /* of the transport header in the frame */
	__u32 left;  /* bytes from there on, as the packet says */
	__u32 id;    /* of a fragment, as loaded */
	__u32 ports; /* as loaded */
	__u8 proto;
	__u8 ipv6;
	__u8 first; /* fragment; more are to come */
	__u8 later;
	__u8 flags;  /* of TCP; of SCTP the type of the first chunk */
	__u8 starts; /* a TCP SYN or an SCTP INIT */
	__u16 pad;
};

/* The packet, and what it quotes: not on the stack, whose 512 bytes are for all functions in a row. */
struct places {
	struct place packet;
	struct place quoted;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct places)); /* no type: the agent has no mirror of it */
} translated_packets SEC(".maps");

static __always_inline struct places *get_places(void)
{
	__u32 zero = 0;
	struct places *places = bpf_map_lookup_elem(&translated_packets, &zero);

	if (places)
		__builtin_memset(places, 0, sizeof(*places));
	return places;
}

/* One address of a packet becomes another one. */
struct exchange {
	struct address from;
	struct address to;
	__u32 at;    /* of the address in the frame */
	__u32 check; /* of the transport checksum in the frame; 0: there is none */
	__u8 ipv6;
	__u8 may_lack; /* the checksum: UDP */
	__u16 pad;
};

static __always_inline bool same_address(const struct address *a, const struct address *b)
{
	return a->halves[0] == b->halves[0] && a->halves[1] == b->halves[1];
}

static __always_inline const struct address *find_translation(__u32 ifindex, const struct address *addr)
{
	struct nic_source_key key = {.ifindex = ifindex, .addr = *addr};

	return bpf_map_lookup_elem(&translations, &key);
}

/* Addresses of a frame. */
struct address_pair {
	struct address src;
	struct address dst;
	bool ipv6;
};

/* False where it is no IP. */
static __always_inline bool read_addresses(struct __sk_buff *skb, struct address_pair *pair)
{
	__be32 ipv4[2];
	__be16 type;

	if (bpf_skb_load_bytes(skb, offsetof(struct ethhdr, h_proto), &type, sizeof(type)))
		return false;
	pair->ipv6 = type == bpf_htons(ETH_P_IPV6);
	if (pair->ipv6)
		return !bpf_skb_load_bytes(skb, ETH_HLEN + IPV6_SOURCE_AT, &pair->src, 2 * sizeof(pair->src));
	if (type != bpf_htons(ETH_P_IP) ||
	    bpf_skb_load_bytes(skb, ETH_HLEN + IPV4_SOURCE_AT, ipv4, sizeof(ipv4)))
		return false;
	address_from_ipv4(&pair->src, ipv4[0]);
	address_from_ipv4(&pair->dst, ipv4[1]);
	return true;
}

/* As skip_extensions(), with p->at and p->left for a cursor. */
static __always_inline int skip_headers(struct __sk_buff *skb, struct place *p)
{
	__u32 budget = EXTENSION_MAX_BYTES, at = p->at, left = p->left;
	__u8 proto = p->proto;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i <= EXTENSION_MAX_HEADERS; i++) {
		struct extension ext;
		__u32 size = sizeof(ext);

		if (proto != IPPROTO_HOPOPTS && proto != IPPROTO_ROUTING && proto != IPPROTO_DSTOPTS &&
		    proto != IPPROTO_FRAGMENT) {
			p->at = at;
			p->left = left;
			p->proto = proto;
			return is_extension_header(proto) ? -1 : 0;
		}
		if (i == EXTENSION_MAX_HEADERS || left < size ||
		    bpf_skb_load_bytes(skb, at, &ext, sizeof(ext)))
			return -1;
		if (proto == IPPROTO_FRAGMENT) {
			__u16 offset = bpf_ntohs(*(word16 *)&ext.type);

			p->id = ext.id;
			p->later = !!(offset & FRAGMENT_OFFSET);
			p->first = offset & FRAGMENT_MORE && !p->later;
			if (p->later)
				return 0;
		} else {
			if (!extension_is_good(&ext, proto, i))
				return -1;
			size += ext.len * 8;
		}
		if (budget < size || left < size)
			return -1;
		budget -= size;
		left -= size;
		at = forget(at + size, p->id);
		proto = forget(ext.nexthdr, p->id);
	}
	return -1;
}

/*
 * Finds the transport header of the packet whose IP header is at this place of the frame and of which there
 * are so many bytes. p->ipv6 is known. Read by bpf_skb_load_bytes(), so that the verifier has no pointers to
 * follow. Global, as serve_rare().
 */
__noinline int find_transport(struct __sk_buff *skb, __u32 ip_at, __u32 available, bool quoted,
			      struct place *p)
{
	struct ipv6hdr ip6;
	struct iphdr ip;
	__u32 header, len;

	if (!p)
		return -1;
	if (p->ipv6) {
		if (available < sizeof(ip6) || bpf_skb_load_bytes(skb, ip_at, &ip6, sizeof(ip6)) ||
		    ip6.version != 6)
			return -1;
		len = bpf_ntohs(ip6.payload_len) + sizeof(ip6);
		if (!quoted && (len > 0xffff || len > available))
			return -1;
		address_from_ipv6(&p->src, &ip6.saddr);
		address_from_ipv6(&p->dst, &ip6.daddr);
		p->proto = ip6.nexthdr;
		p->at = ip_at + sizeof(ip6);
		p->left = (quoted ? available : len) - sizeof(ip6);
		return skip_headers(skb, p);
	}
	if (available < sizeof(ip) || bpf_skb_load_bytes(skb, ip_at, &ip, sizeof(ip)) || ip.version != 4 ||
	    ip.ihl < 5)
		return -1;
	header = ip.ihl * 4;
	len = quoted ? available : bpf_ntohs(ip.tot_len);
	if (len < header || len > available)
		return -1;
	address_from_ipv4(&p->src, ip.saddr);
	address_from_ipv4(&p->dst, ip.daddr);
	p->proto = ip.protocol;
	p->id = ip.id;
	p->later = !!(ip.frag_off & bpf_htons(IPV4_FRAGMENT_OFFSET));
	p->first = ip.frag_off & bpf_htons(IPV4_FRAGMENT) && !p->later;
	p->at = ip_at + header;
	p->left = len - header;
	return 0;
}

/* Ports, and what TCP and SCTP say of their flow: as parse_transport(). */
static __always_inline bool read_flow(struct __sk_buff *skb, struct place *p)
{
	__u32 least = p->proto == IPPROTO_TCP	? sizeof(struct tcphdr)
		      : p->proto == IPPROTO_UDP ? sizeof(struct udphdr)
						: SCTP_HEADER + 1;

	if (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP && p->proto != IPPROTO_SCTP)
		return false;
	if (p->left < least || bpf_skb_load_bytes(skb, p->at, &p->ports, sizeof(p->ports)))
		return false;
	if (p->proto == IPPROTO_UDP)
		return true;
	if (bpf_skb_load_bytes(skb, p->at + (p->proto == IPPROTO_TCP ? TCP_FLAGS_AT : SCTP_HEADER), &p->flags,
			       1))
		return false;
	p->starts =
		p->proto == IPPROTO_TCP ? (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN : p->flags == SCTP_INIT;
	return true;
}

static __always_inline bool is_icmp(const struct place *p)
{
	return p->proto == (p->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

/* Reads the quote of an error. */
static __always_inline bool read_quote(struct __sk_buff *skb, const struct place *p, struct place *quoted)
{
	__u8 type;

	if (p->first || p->left < ICMP_HEADER || bpf_skb_load_bytes(skb, p->at, &type, sizeof(type)))
		return false;
	if (p->ipv6 ? type < ICMP6_UNREACHABLE || type > ICMP6_BAD_PARAMETER
		    : type != ICMP_UNREACHABLE && type != ICMP_TIME_EXCEEDED && type != ICMP_BAD_PARAMETER)
		return false;
	quoted->ipv6 = p->ipv6;
	if (find_transport(skb, p->at + ICMP_HEADER, p->left - ICMP_HEADER, true, quoted) || quoted->later)
		return false;
	if (quoted->proto != IPPROTO_TCP && quoted->proto != IPPROTO_UDP && quoted->proto != IPPROTO_SCTP)
		return false;
	return quoted->left >= QUOTED_TRANSPORT &&
	       !bpf_skb_load_bytes(skb, quoted->at, &quoted->ports, sizeof(quoted->ports));
}

/* A checksum after what is under it has changed (RFC 1624, equation 3); change is as bpf_csum_diff() has it.
 */
static __always_inline __sum16 csum_change(__sum16 check, __u32 change)
{
	return csum_fold((__u64)(__u16)~check + change);
}

static __always_inline __u32 csum_difference(const struct address *from, const struct address *to)
{
	return bpf_csum_diff((__be32 *)from, sizeof(*from), (__be32 *)to, sizeof(*to), 0);
}

/*
 * Exchanges an address and mends the checksums. That of a whole skb (CHECKSUM_COMPLETE) follows: in IPv4 the
 * address and the header's checksum make up for each other, in IPv6 BPF_F_PSEUDO_HDR takes away what
 * BPF_F_RECOMPUTE_CSUM adds. Global, as serve_rare().
 */
__noinline int exchange_address(struct __sk_buff *skb, const struct exchange *x)
{
	__u64 flags = BPF_F_PSEUDO_HDR;
	__u32 change;

	if (!x)
		return -1;
	change = csum_difference(&x->from, &x->to);
	if (x->may_lack)
		flags |= BPF_F_MARK_MANGLED_0;
	if (x->check && bpf_l4_csum_replace(skb, x->check, 0, change, flags))
		return -1;
	if (x->ipv6)
		return bpf_skb_store_bytes(skb, x->at, &x->to, sizeof(x->to), BPF_F_RECOMPUTE_CSUM);
	if (bpf_l3_csum_replace(skb, ETH_HLEN + IPV4_CHECK_AT, 0, change, 0))
		return -1;
	return bpf_skb_store_bytes(skb, x->at, &x->to.words[3], sizeof(x->to.words[3]), 0);
}

/* Adds a change to a checksum in the frame; 0 where it is not there. The change of the checksum itself is
 * returned. */
static __always_inline __u32 change_checksum(struct __sk_buff *skb, __u32 at, __u32 change, bool may_lack)
{
	__sum16 check, changed;

	if (bpf_skb_load_bytes(skb, at, &check, sizeof(check)) || (may_lack && !check))
		return 0;
	changed = csum_change(check, change);
	if (may_lack && !changed)
		changed = 0xffff;
	bpf_skb_store_bytes(skb, at, &changed, sizeof(changed), BPF_F_RECOMPUTE_CSUM);
	return (__u32)(__u16)~check + changed;
}

/*
 * Exchanges an address in what an error quotes, its source or its destination, and mends the checksums. Not
 * by bpf_l4_csum_replace(): what answer_too_big_tc() makes still says of itself that its checksum is partial,
 * which means the quoted one.
 */
static __always_inline bool exchange_quoted(struct __sk_buff *skb, const struct place *p,
					    const struct place *quoted, bool is_source,
					    const struct address *from, const struct address *to)
{
	__u32 change = csum_difference(from, to), under = 0, moved = 0, ip = p->at + ICMP_HEADER;
	int failed;

	if (p->ipv6) {
		/* Under the message's checksum is the outer address too. */
		under = change + change;
		under += under < change; /* one's complement */
		failed = bpf_skb_store_bytes(skb, ip + IPV6_SOURCE_AT + (is_source ? 0 : sizeof(*to)), to,
					     sizeof(*to), BPF_F_RECOMPUTE_CSUM);
	} else {
		/* The address and the header's checksum make up for each other. */
		change_checksum(skb, ip + IPV4_CHECK_AT, change, false);
		failed = bpf_skb_store_bytes(skb, ip + IPV4_SOURCE_AT + (is_source ? 0 : sizeof(__be32)),
					     &to->words[3], sizeof(__be32), BPF_F_RECOMPUTE_CSUM);
	}
	if (quoted->proto == IPPROTO_UDP)
		moved = change_checksum(skb, quoted->at + UDP_CHECK_AT, change, true);
	else if (quoted->proto == IPPROTO_TCP && quoted->left >= TCP_CHECK_AT + sizeof(__sum16))
		moved = change_checksum(skb, quoted->at + TCP_CHECK_AT, change, false);
	under += moved;
	under += under < moved;
	change_checksum(skb, p->at + ICMP_CHECK_AT, under, false);
	return !failed;
}

static __always_inline bool exchange_one(struct __sk_buff *skb, const struct place *p, bool is_source,
					 const struct address *to)
{
	struct exchange x = {.from = is_source ? p->src : p->dst, .to = *to, .ipv6 = p->ipv6};

	x.at = ETH_HLEN + (x.ipv6 ? IPV6_SOURCE_AT : IPV4_SOURCE_AT);
	if (!is_source)
		x.at += x.ipv6 ? sizeof(struct address) : sizeof(__be32);
	if (!p->later && p->proto == IPPROTO_TCP)
		x.check = p->at + TCP_CHECK_AT;
	if (!p->later && p->proto == IPPROTO_UDP) {
		x.check = p->at + UDP_CHECK_AT;
		x.may_lack = true;
	}
	return !exchange_address(skb, &x);
}

static __always_inline bool is_fresh(const struct translated_flow *flow, __u8 limit)
{
	return (__u8)(fragment_clock() - flow->age) < limit;
}

/* A flow came by a VIP. Written only where that is news. */
static __always_inline void remember_vip(const struct translated_key *key, const struct translated_flow *flow,
					 bool starts)
{
	struct translated_flow *known = starts ? NULL : bpf_map_lookup_elem(&translated_flows, key);
	bool answered = known;

	if (!known)
		known = bpf_map_lookup_elem(&translated_new, key);
	if (known && same_address(&known->vip, &flow->vip) && same_address(&known->nic, &flow->nic)) {
		if (known->age != flow->age)
			known->age = flow->age;
		return;
	}
	if (answered)
		bpf_map_update_elem(&translated_flows, key, flow, BPF_ANY);
	else
		bpf_map_update_elem(&translated_new, key, flow, BPF_ANY);
}

/* A packet to the NIC's own address: what is answered to it is no VIP's. TCP and SCTP tell by the answer. */
static __always_inline void forget_vip(const struct translated_key *key, bool starts)
{
	if (key->proto == IPPROTO_UDP)
		bpf_map_delete_elem(&translated_flows, key);
	if (key->proto == IPPROTO_UDP || starts)
		bpf_map_delete_elem(&translated_new, key);
}

/*
 * The record that an answer goes by; NULL: the NIC's own. A handshake is answered by what began it, whatever
 * was known of the same ports before.
 */
static __always_inline struct translated_flow *recall_vip(const struct translated_key *key,
							  const struct place *p)
{
	bool tcp = p->proto == IPPROTO_TCP, sctp = p->proto == IPPROTO_SCTP;
	struct translated_flow *flow = NULL, *fresh;
	bool handshake = (tcp && p->flags & TCP_SYN) || (sctp && p->flags == SCTP_INIT_ACK);
	bool refusal = (tcp && p->flags & TCP_RST) || (sctp && p->flags == SCTP_ABORT);
	struct translated_flow copy;

	if (p->starts) {
		bpf_map_delete_elem(&translated_flows, key);
		bpf_map_delete_elem(&translated_new, key);
		return NULL;
	}
	if (!handshake)
		flow = bpf_map_lookup_elem(&translated_flows, key);
	if (flow && p->proto == IPPROTO_UDP && !is_fresh(flow, TRANSLATED_UDP_LIMIT))
		return NULL;
	if (flow) {
		__u8 now = fragment_clock();

		if (flow->age != now)
			flow->age = now;
		return flow;
	}
	fresh = bpf_map_lookup_elem(&translated_new, key);
	if (fresh && !is_fresh(fresh, TRANSLATED_NEW_LIMIT))
		fresh = NULL;
	if (handshake) {
		if (!fresh)
			bpf_map_delete_elem(&translated_flows, key);
		return fresh;
	}
	/* Nor is a health check a flow that pushes out one. */
	if (!fresh || refusal || is_prober(&key->client))
		return fresh;
	copy = *fresh;
	bpf_map_update_elem(&translated_flows, key, &copy, BPF_ANY);
	bpf_map_delete_elem(&translated_new, key);
	return bpf_map_lookup_elem(&translated_flows, key);
}

/* An error about what the NIC sent from a VIP: it is to find its own packet in the quote. Global, as
 * serve_rare(). */
__noinline int translate_error_in(struct __sk_buff *skb, struct places *places, const struct address *nic)
{
	struct place *p, *quoted;

	if (!places || !nic)
		return -1;
	p = &places->packet;
	quoted = &places->quoted;
	if (!read_quote(skb, p, quoted) || !same_address(&quoted->src, &p->dst))
		return -1;
	return exchange_quoted(skb, p, quoted, true, &p->dst, nic) ? 0 : -1;
}

/* An error of the NIC about what came by a VIP, which is written to vip. Global, as serve_rare(). */
__noinline int translate_error_back(struct __sk_buff *skb, struct places *places, struct address *vip)
{
	struct translated_key key = {.ifindex = skb->ifindex};
	struct translated_flow *flow;
	struct place *p, *quoted;

	if (!places || !vip)
		return -1;
	p = &places->packet;
	quoted = &places->quoted;
	if (!read_quote(skb, p, quoted) || !same_address(&quoted->dst, &p->src))
		return -1;
	key.client = quoted->src;
	key.ports = quoted->ports;
	key.proto = quoted->proto;
	flow = bpf_map_lookup_elem(&translated_flows, &key);
	if (!flow)
		flow = bpf_map_lookup_elem(&translated_new, &key);
	if (!flow || !same_address(&flow->nic, &p->src))
		return -1;
	*vip = flow->vip;
	return exchange_quoted(skb, p, quoted, false, &p->src, vip) ? 0 : -1;
}

/*
 * A packet into the NIC of this device. A workload that is its own client would not take a packet from its
 * own address, so its address becomes the VIP as well. Global, as serve_rare().
 */
__noinline int translate_in(struct __sk_buff *skb, __u32 ifindex)
{
	struct translated_flow flow = {};
	struct translated_key key = {.ifindex = ifindex};
	const struct address *nic;
	struct address_pair pair;
	struct places *places;
	struct place *p;
	bool direct;

	if (!read_addresses(skb, &pair))
		return TRANSLATE_NONE;
	nic = find_translation(ifindex, &pair.dst);
	if (!nic)
		return TRANSLATE_NONE;
	flow.nic = *nic;
	flow.vip = pair.dst;
	places = get_places();
	if (!places)
		return TRANSLATE_BAD;
	p = &places->packet;
	p->ipv6 = pair.ipv6;
	flow.age = fragment_clock();
	direct = same_address(&flow.nic, &pair.dst);
	if (find_transport(skb, ETH_HLEN, skb->len - ETH_HLEN, false, p))
		return direct ? TRANSLATE_NONE : TRANSLATE_BAD;
	if (direct && (p->later || is_icmp(p)))
		return TRANSLATE_NONE;

	if (!p->later && is_icmp(p)) {
		if (translate_error_in(skb, places, &flow.nic))
			return TRANSLATE_BAD;
	} else if (!p->later) {
		bool itself = same_address(&flow.nic, &p->src);

		if (!read_flow(skb, p))
			return direct ? TRANSLATE_NONE : TRANSLATE_BAD;
		key.client = itself ? flow.vip : p->src;
		key.ports = p->ports;
		key.proto = p->proto;
		if (direct) {
			forget_vip(&key, p->starts);
			return TRANSLATE_NONE;
		}
		remember_vip(&key, &flow, p->starts);
		if (itself && !exchange_one(skb, p, true, &flow.vip))
			return TRANSLATE_BAD;
	}
	return exchange_one(skb, p, false, &flow.nic) ? TRANSLATE_DONE : TRANSLATE_BAD;
}

/*
 * A packet out of a NIC, before anything is made of it. What has no record is left as it is. Global, as
 * serve_rare().
 */
__noinline int translate_back(struct __sk_buff *skb)
{
	struct fragment_key part = {.scope = skb->ifindex};
	const struct translated_flow *flow;
	const struct address *found;
	struct address_pair pair;
	struct places *places;
	struct address vip;
	struct place *p;

	if (!read_addresses(skb, &pair))
		return TRANSLATE_NONE;
	found = find_translation(skb->ifindex, &pair.src);
	if (!found || !same_address(found, &pair.src))
		return TRANSLATE_NONE;
	places = get_places();
	if (!places)
		return TRANSLATE_NONE;
	p = &places->packet;
	p->ipv6 = pair.ipv6;
	if (find_transport(skb, ETH_HLEN, skb->len - ETH_HLEN, false, p))
		return TRANSLATE_NONE;

	part.src = p->src;
	part.dst = p->dst;
	part.id = p->id;
	if (p->later) {
		found = bpf_map_lookup_elem(&translated_fragments, &part);
		if (!found)
			return TRANSLATE_NONE;
		vip = *found;
	} else if (is_icmp(p)) {
		if (translate_error_back(skb, places, &vip))
			return TRANSLATE_NONE;
	} else {
		struct translated_key key = {.client = p->dst, .ifindex = skb->ifindex};

		if (!read_flow(skb, p))
			return TRANSLATE_NONE;
		key.ports = p->ports >> 16 | p->ports << 16;
		key.proto = p->proto;
		flow = recall_vip(&key, p);
		if (!flow || !same_address(&flow->nic, &p->src)) {
			if (p->first)
				bpf_map_delete_elem(&translated_fragments, &part);
			return TRANSLATE_NONE;
		}
		vip = flow->vip;
		if (p->first)
			bpf_map_update_elem(&translated_fragments, &part, &vip, BPF_ANY);
	}

	/* To itself: see translate_in(). */
	if (same_address(&vip, &p->dst) && !exchange_one(skb, p, false, &p->src))
		return TRANSLATE_BAD;
	return exchange_one(skb, p, true, &vip) ? TRANSLATE_DONE : TRANSLATE_BAD;
}

static __always_inline int count_translation(struct __sk_buff *skb, int translation)
{
	struct config *config = get_config();
	__u64 bytes = skb->len - ETH_HLEN;

	if (translation == TRANSLATE_DONE) {
		count_verdict(VERDICT_TRANSLATED, bytes);
	} else if (translation == TRANSLATE_BAD) {
		count_verdict(DROP_TRANSLATION, bytes);
		if (config && unlikely(config->listening & LISTEN_DROPS))
			tell_tc(skb, tell_dropped(DROP_TRANSLATION), bytes);
	}
	return translation;
}

static __always_inline int translate_counted(struct __sk_buff *skb, __u32 ifindex)
{
	return count_translation(skb, translate_in(skb, ifindex));
}

/*
 * What lodestone_nic delivers to a NIC that translates. It has been read as far as that needs; what could not
 * be translated would be to an address that the workload doesn't have.
 */
static __always_inline int translate_delivered(struct __sk_buff *skb, int action)
{
	struct rare *memory = get_rare(HOOK_TC);

	if (memory)
		translate_in(skb, memory->translate_at);
	return action & ~ACTION_TRANSLATE;
}

#endif
