/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Packets larger than the way to their real takes: the sender is told what fits, from the VIP, by ICMP
 * fragmentation needed (RFC 1191) or ICMPv6 packet too big (RFC 4443, 3.2).
 */
#ifndef LODESTONE_TOOBIG_H
#define LODESTONE_TOOBIG_H

#include "csum.h"
#include "parse.h"

struct too_big {
	__u8 type;
	__u8 code;
	__sum16 check;
	__be32 mtu;
};
_Static_assert(sizeof(struct too_big) == 8, "too_big is 8 bytes");

#define TOO_BIG_IPV4	   3 /* destination unreachable, */
#define TOO_BIG_IPV4_CODE  4 /* fragmentation needed */
#define TOO_BIG_IPV6	   2
#define TOO_BIG_TTL	   64
#define TOO_BIG_TOS	   0xc0 /* internetwork control (RFC 1812, 4.3.2.5) */
#define IPV4_DONT_FRAGMENT 0x4000

#define TOO_BIG_ROOM_IPV4 (sizeof(struct iphdr) + sizeof(struct too_big))
#define TOO_BIG_ROOM_IPV6 (sizeof(struct ipv6hdr) + sizeof(struct too_big))
#define QUOTE_MAX_IPV4	  (576 - TOO_BIG_ROOM_IPV4)  /* RFC 1812, 4.3.2.3 */
#define QUOTE_MAX_IPV6	  (1280 - TOO_BIG_ROOM_IPV6) /* RFC 4443, 2.4 (c) */
#define MTU_MIN_IPV4	  68
#define MTU_MIN_IPV6	  1280 /* nobody heeds less (RFC 8201, 4) */

/* A bucket of 50 answers, refilled by 1000 a second, for each CPU. */
#define ANSWER_INTERVAL_NS 1000000ull
#define ANSWER_WINDOW_NS   (50 * ANSWER_INTERVAL_NS)

/* The bucket is one time: how far behind the clock it is, in intervals, is how many answers are left. */
static __always_inline bool take_answer(void)
{
	__u64 now = bpf_ktime_get_coarse_ns(), due;
	__u32 zero = 0;
	__u64 *next = bpf_map_lookup_elem(&answer_limit, &zero);

	if (!next)
		return false;
	due = *next;
	if (due + ANSWER_WINDOW_NS < now)
		due = now - ANSWER_WINDOW_NS;
	if (due > now)
		return false;
	*next = due + ANSWER_INTERVAL_NS;
	return true;
}

/* Sources that no host has are told nothing (RFC 1122, 3.2.2; RFC 4443, 2.4 (e)). */
static __always_inline bool is_host_ipv4(__be32 addr)
{
	__u8 first = addr & 0xff; /* as loaded */

	return first && first != 127 && first < 224;
}

static __always_inline bool is_host_ipv6(const struct in6_addr *addr)
{
	const word64 *half = (const word64 *)addr;

	return addr->s6_addr[0] != 0xff && half[0] | half[1];
}

/* Where a frame is met. A constant wherever it is passed on, so that one source makes both programs. */
enum hook { HOOK_XDP, HOOK_TC };

/*
 * What a quote of a packet of so many bytes has: whole words, which makes the sum over it plain, and nothing
 * that is not in the first buffer.
 */
static __always_inline __u32 quote_len(void *ctx, enum hook hook, __u32 l3_len, __u32 max)
{
	if (hook == HOOK_XDP && xdp_frags && linear_len(ctx) - ETH_HLEN < max)
		max = linear_len(ctx) - ETH_HLEN;
	return (l3_len < max ? l3_len : max) & ~3u;
}

static __always_inline struct cursor whole_frame(void *ctx, enum hook hook)
{
	struct xdp_md *xdp = ctx;
	struct __sk_buff *skb = ctx;

	if (hook == HOOK_TC)
		return (struct cursor){(void *)(long)skb->data, (void *)(long)skb->data_end};
	return (struct cursor){(void *)(long)xdp->data, (void *)(long)xdp->data_end};
}

/*
 * Makes room in front and ends the frame behind the quote. In tc that also linearizes and takes segmentation
 * away (bpf_skb_change_tail); a partial checksum stays the quoted packet's, which whoever sent one may get
 * back.
 */
static __always_inline bool resize(void *ctx, enum hook hook, __u32 room, __u32 quoted)
{
	__u32 wanted = sizeof(struct ethhdr) + quoted;
	struct xdp_md *xdp = ctx;

	if (hook == HOOK_TC)
		return !bpf_skb_change_tail(ctx, wanted, 0) && !bpf_skb_change_head(ctx, room, 0);
	return !bpf_xdp_adjust_tail(xdp, (int)wanted - (int)frame_len(xdp)) &&
	       !bpf_xdp_adjust_head(xdp, -(int)room);
}

/* From here to the end of the frame, which is the end of the quote. */
static __always_inline __u64 csum_quote(__u64 sum, const void *pos, const void *end, __u32 max)
{
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < max / 4; i++) {
		if (pos + 4 > end)
			break;
		sum += *(const word32 *)pos;
		pos += 4;
	}
	return sum;
}

static __always_inline void turn_ethernet(struct ethhdr *eth, const struct ethhdr *came)
{
	copy_mac(eth->h_dest, came->h_source);
	copy_mac(eth->h_source, came->h_dest);
	eth->h_proto = came->h_proto;
}

static __always_inline enum verdict too_big_ipv4(void *ctx, enum hook hook, struct cursor *c,
						 struct ethhdr *came, __u32 mtu)
{
	struct iphdr *ip = parse_ipv4(c);
	__be32 client, vip;
	struct too_big *message;
	struct ethhdr *eth;
	__u32 quoted;

	if (!ip || !(ip->frag_off & bpf_htons(IPV4_DONT_FRAGMENT)) || !is_host_ipv4(ip->saddr) ||
	    mtu < MTU_MIN_IPV4 || mtu > 0xffff)
		return DROP_TOO_BIG;
	if (!take_answer())
		return DROP_TOO_BIG_LIMIT;
	client = ip->saddr;
	vip = ip->daddr;
	quoted = quote_len(ctx, hook, bpf_ntohs(ip->tot_len), QUOTE_MAX_IPV4);
	if (!resize(ctx, hook, TOO_BIG_ROOM_IPV4, quoted))
		return DROP_TOO_BIG;

	*c = whole_frame(ctx, hook);
	eth = c->pos;
	ip = (void *)(eth + 1);
	message = (void *)(ip + 1);
	if ((void *)(message + 1) > c->end)
		return DROP_TOO_BIG;
	turn_ethernet(eth, came);
	*(word32 *)ip = bpf_htonl(0x45u << 24 | TOO_BIG_TOS << 16 | (TOO_BIG_ROOM_IPV4 + quoted));
	*((word32 *)ip + 1) = bpf_htonl(IPV4_DONT_FRAGMENT);
	*((word32 *)ip + 2) = bpf_htonl(TOO_BIG_TTL << 24 | IPPROTO_ICMP << 16);
	ip->saddr = vip;
	ip->daddr = client;
	ip->check = csum_fold(csum_words(0, ip, sizeof(*ip) / 4));
	*(word32 *)message = bpf_htonl(TOO_BIG_IPV4 << 24 | TOO_BIG_IPV4_CODE << 16);
	message->mtu = bpf_htonl(mtu);
	message->check = csum_fold(csum_quote(csum_words(0, message, sizeof(*message) / 4), message + 1,
					      c->end, QUOTE_MAX_IPV4));
	return VERDICT_TOO_BIG_REPLY;
}

static __always_inline enum verdict too_big_ipv6(void *ctx, enum hook hook, struct cursor *c,
						 struct ethhdr *came, __u32 mtu)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct address client, vip;
	struct too_big *message;
	struct ethhdr *eth;
	__u32 quoted;
	__u64 sum;

	if (!ip6 || !is_host_ipv6(&ip6->saddr) || mtu < MTU_MIN_IPV6 || mtu > 0xffff)
		return DROP_TOO_BIG;
	if (!take_answer())
		return DROP_TOO_BIG_LIMIT;
	address_from_ipv6(&client, &ip6->saddr);
	address_from_ipv6(&vip, &ip6->daddr);
	quoted = quote_len(ctx, hook, sizeof(*ip6) + bpf_ntohs(ip6->payload_len), QUOTE_MAX_IPV6);
	if (!resize(ctx, hook, TOO_BIG_ROOM_IPV6, quoted))
		return DROP_TOO_BIG;

	*c = whole_frame(ctx, hook);
	eth = c->pos;
	ip6 = (void *)(eth + 1);
	message = (void *)(ip6 + 1);
	if ((void *)(message + 1) > c->end)
		return DROP_TOO_BIG;
	turn_ethernet(eth, came);
	*(word32 *)ip6 = bpf_htonl(6u << 28);
	ip6->payload_len = bpf_htons(sizeof(*message) + quoted);
	ip6->nexthdr = IPPROTO_ICMPV6;
	ip6->hop_limit = TOO_BIG_TTL;
	copy_address(&ip6->saddr, &vip);
	copy_address(&ip6->daddr, &client);
	*(word32 *)message = bpf_htonl(TOO_BIG_IPV6 << 24);
	message->mtu = bpf_htonl(mtu);
	sum = csum_words((__u64)ip6->payload_len + bpf_htons(IPPROTO_ICMPV6), &ip6->saddr, 8);
	sum = csum_words(sum, message, sizeof(*message) / 4);
	message->check = csum_fold(csum_quote(sum, message + 1, c->end, QUOTE_MAX_IPV6));
	return VERDICT_TOO_BIG_REPLY;
}

static __always_inline enum verdict too_big(void *ctx, enum hook hook, __u32 mtu)
{
	struct cursor c = whole_frame(ctx, hook);
	struct ethhdr *eth = parse_ethernet(&c), came;

	if (!eth || eth->h_dest[0] & 1)
		return DROP_TOO_BIG;
	copy_ethernet(&came, eth);
	if (came.h_proto == bpf_htons(ETH_P_IP))
		return too_big_ipv4(ctx, hook, &c, &came, mtu);
	return too_big_ipv6(ctx, hook, &c, &came, mtu);
}

/*
 * A packet whose headers have been checked. mtu is what fits, without what would have been put in front.
 * Global, as serve_rare(): nothing of the packet may be used behind these.
 */
__noinline int answer_too_big(struct xdp_md *ctx, __u32 mtu)
{
	return too_big(ctx, HOOK_XDP, mtu);
}

__noinline int answer_too_big_tc(struct __sk_buff *skb, __u32 mtu)
{
	return too_big(skb, HOOK_TC, mtu);
}

static __always_inline enum verdict refuse_too_big(struct xdp_md *ctx, const struct packet *pkt, __u32 mtu)
{
	/* Nobody is told about an error or a later fragment (RFC 1122, 3.2.2; RFC 4443, 2.4 (e)). */
	return pkt->follows ? DROP_TOO_BIG : answer_too_big(ctx, mtu);
}

#endif
