/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * ICMP (RFC 792) and ICMPv6 (RFC 4443) errors to a VIP. A target answers clients directly, with the VIP as
 * source, so what routers say about its packets arrives here. It goes to the target of the flow that is
 * quoted inside, and to no other.
 */
#ifndef LODESTONE_ICMP_H
#define LODESTONE_ICMP_H

#include "echo.h"
#include "extension.h"
#include "hash.h"
#include "vip.h"

#define ICMP_UNREACHABLE   3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_REDIRECT	   5
#define ICMP_TIME_EXCEEDED 11
#define ICMP_BAD_PARAMETER 12

#define ICMP6_UNREACHABLE   1
#define ICMP6_BAD_PARAMETER 4 /* 2 is packet too big, 3 time exceeded */
#define ICMP6_REDIRECT	    137

#define QUOTED_TRANSPORT 8 /* what every router quotes of it (RFC 792) */

/* The flow a quote is of, in the direction of its packets to the VIP. Addresses lie as hash_ipv6_pair()
 * wants. */
struct quote {
	struct address client;
	struct address vip;
};

/* Ports of the quoted packet, which went the other way. */
static __always_inline enum verdict read_quoted_transport(struct cursor *c, __u32 *left, __u8 proto,
							  struct packet *pkt)
{
	__u32 *transport = take(c, left, QUOTED_TRANSPORT);
	__u32 ports;

	if (!transport)
		return DROP_ICMP_QUOTE;
	if (proto == (pkt->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
		__u8 type = *(__u8 *)transport;
		__u8 request = pkt->ipv6 ? ECHO_REQUEST_IPV6 : ECHO_REQUEST_IPV4;
		__u8 reply = pkt->ipv6 ? ECHO_REPLY_IPV6 : ECHO_REPLY_IPV4;

		return type == request || type == reply ? DROP_ICMP_ECHO : DROP_ICMP_QUOTE;
	}
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP && proto != IPPROTO_SCTP)
		return DROP_ICMP_QUOTE;

	ports = *(word32 *)transport;
	pkt->ports = ports >> 16 | ports << 16;
	pkt->proto = proto;
	pkt->follows = true;
	return VERDICT_NONE;
}

static __always_inline enum verdict read_quote_ipv4(struct cursor *c, __u32 *left, struct packet *pkt,
						    struct quote *quote)
{
	struct iphdr *ip = take(c, left, sizeof(*ip));

	if (!ip || *(__u8 *)ip < 0x45 || *(__u8 *)ip > 0x4f)
		return DROP_ICMP_QUOTE;
	if (ip->frag_off & bpf_htons(IPV4_FRAGMENT_OFFSET))
		return DROP_ICMP_QUOTE;
	address_from_ipv4(&quote->client, ip->daddr);
	address_from_ipv4(&quote->vip, ip->saddr);
	if (!skip(c, left, options_len(ip)))
		return DROP_ICMP_QUOTE;
	return read_quoted_transport(c, left, ip->protocol, pkt);
}

static __always_inline enum verdict read_quote_ipv6(struct cursor *c, __u32 *left, struct packet *pkt,
						    struct quote *quote)
{
	struct ipv6hdr *ip6 = take(c, left, sizeof(*ip6));
	struct fragment fragment = {};
	__u8 proto;

	if (!ip6 || *(__u8 *)ip6 >> 4 != 6)
		return DROP_ICMP_QUOTE;
	address_from_ipv6(&quote->client, &ip6->daddr);
	address_from_ipv6(&quote->vip, &ip6->saddr);
	proto = ip6->nexthdr;
	if (skip_extensions(c, left, &proto, &fragment) || fragment.later)
		return DROP_ICMP_QUOTE;
	return read_quoted_transport(c, left, proto, pkt);
}

static __always_inline bool quote_is_from(const struct quote *quote, const struct vip *vip)
{
	return quote->vip.halves[0] == vip->addr.halves[0] && quote->vip.halves[1] == vip->addr.halves[1];
}

/* The cursor is behind the header of the error. Nothing is recorded: the flow's own packets do that. */
static __always_inline enum verdict read_error(const struct config *config, const struct vip *vip,
					       struct cursor *c, __u32 left, struct packet *pkt,
					       struct address *client, __u64 *hash)
{
	struct quote quote = {};
	enum verdict verdict;

	verdict = pkt->ipv6 ? read_quote_ipv6(c, &left, pkt, &quote) : read_quote_ipv4(c, &left, pkt, &quote);
	if (verdict)
		return verdict;
	if (!quote_is_from(&quote, vip))
		return DROP_ICMP_FOREIGN;

	*client = quote.client;
	if (pkt->ipv6)
		*hash = hash_ipv6_pair(config, &quote, pkt, vip->network);
	else
		*hash = hash_ipv4_pair(config, quote.client.words[3] | (__u64)quote.vip.words[3] << 32, pkt,
				       vip->network);
	return VERDICT_NONE;
}

/* VERDICT_NONE: an error, to the real of this client's hash. A ping with options is not answered: they would
 * be the asker's. */
static __always_inline enum verdict serve_icmp(const struct config *config, const struct vip *vip,
					       struct ethhdr *eth, struct iphdr *ip, struct cursor *c,
					       __u32 left, struct packet *pkt, struct address *client,
					       __u64 *hash)
{
	struct cursor quoted = *c;
	struct echo *message = take(&quoted, &left, sizeof(*message));

	if (!message)
		return DROP_TRUNCATED;
	switch (message->type) {
	case ICMP_UNREACHABLE:
	case ICMP_TIME_EXCEEDED:
	case ICMP_BAD_PARAMETER:
		return read_error(config, vip, &quoted, left, pkt, client, hash);
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
		return DROP_ICMP_TYPE;
	default:
		return *(__u8 *)ip == 0x45 ? answer_echo_ipv4(vip, eth, ip, c) : DROP_IP_OPTIONS;
	}
}

static __always_inline enum verdict serve_icmpv6(const struct config *config, const struct vip *vip,
						 struct ethhdr *eth, struct ipv6hdr *ip6, struct cursor *c,
						 __u32 left, struct packet *pkt, struct address *client,
						 __u64 *hash)
{
	struct cursor quoted = *c;
	struct echo *message = take(&quoted, &left, sizeof(*message));

	if (!message)
		return DROP_TRUNCATED;
	if (message->type >= ICMP6_UNREACHABLE && message->type <= ICMP6_BAD_PARAMETER)
		return read_error(config, vip, &quoted, left, pkt, client, hash);
	if (message->type == ICMP6_REDIRECT)
		return DROP_ICMP_TYPE;
	return ip6->nexthdr == IPPROTO_ICMPV6 ? answer_echo_ipv6(vip, eth, ip6, c) : DROP_EXTENSION_HEADER;
}

#endif
