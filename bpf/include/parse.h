/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Parsers move a cursor and return the header, or NULL where the packet ends before it does. */
#ifndef LODESTONE_PARSE_H
#define LODESTONE_PARSE_H

#include "frame.h"

struct cursor {
	void *pos;
	void *end;
};

/* What the balancer knows about a packet beside its addresses. */
struct packet {
	__u32 ports;  /* source and destination port as loaded */
	__u16 l3_len; /* bytes from the IP header on, as it says itself; a frame may be padded behind that */
	__u8 proto;   /* IPPROTO_* */
	__u8 traffic_class; /* of the IP header, ECN included */
	bool ipv6;
	bool starts_flow; /* TCP SYN without ACK, or SCTP INIT */
	bool follows;	  /* an ICMP error or a later fragment; ports and proto are those of its flow */
};

#define TCP_FLAGS_AT 13
#define TCP_SYN	     0x02
#define TCP_ACK	     0x10

#define SCTP_HEADER	     12
#define IPV4_FRAGMENT_OFFSET 0x1fff
#define SCTP_INIT	     1
#define IPV4_FRAGMENT	     0x3fff /* more fragments, or an offset */

#ifndef IPPROTO_SCTP
#define IPPROTO_SCTP 132
#endif

static __always_inline struct ethhdr *parse_ethernet(struct cursor *c)
{
	struct ethhdr *eth = c->pos;

	if ((void *)(eth + 1) > c->end)
		return NULL;
	c->pos = eth + 1;
	return eth;
}

static __always_inline struct iphdr *parse_ipv4(struct cursor *c)
{
	struct iphdr *ip = c->pos;

	if ((void *)(ip + 1) > c->end)
		return NULL;
	c->pos = ip + 1;
	return ip;
}

static __always_inline struct ipv6hdr *parse_ipv6(struct cursor *c)
{
	struct ipv6hdr *ip6 = c->pos;

	if ((void *)(ip6 + 1) > c->end)
		return NULL;
	c->pos = ip6 + 1;
	return ip6;
}

/*
 * The next size bytes, of which the packet has left as it says itself: for what lies behind headers of
 * variable size.
 */
static __always_inline void *take(struct cursor *c, __u32 *left, __u32 size)
{
	void *pos = c->pos;

	if (*left < size || pos + size > c->end)
		return NULL;
	*left -= size;
	c->pos = pos + size;
	return pos;
}

/* Past size bytes that nobody looks at; the next take() finds out whether the frame has them. */
static __always_inline bool skip(struct cursor *c, __u32 *left, __u32 size)
{
	if (*left < size)
		return false;
	*left -= size;
	c->pos += size;
	return true;
}

static __always_inline void address_from_ipv4(struct address *addr, __be32 ip)
{
	addr->halves[0] = 0;
	addr->halves[1] = (__u64)ip << 32 | 0xffff0000;
}

static __always_inline void address_from_ipv6(struct address *addr, const void *ip6)
{
	copy_address(addr, ip6);
}

/*
 * The rest of the header of a packet to a VIP, whose own size is known; fills what it says. available is what
 * there is from the header on, in bytes.
 */
static __always_inline enum verdict check_ipv4_size(const struct iphdr *ip, long available, __u32 header,
						    struct packet *pkt)
{
	pkt->l3_len = bpf_ntohs(ip->tot_len);
	pkt->proto = ip->protocol;
	pkt->traffic_class = ip->tos;

	if (unlikely(pkt->l3_len < header || available < pkt->l3_len))
		return DROP_BAD_HEADER;
	return VERDICT_NONE;
}

/* The header of a whole packet without options; DROP_IP_OPTIONS and DROP_FRAGMENT tell of others. */
static __always_inline enum verdict check_ipv4(const struct iphdr *ip, long available, struct packet *pkt)
{
	__u8 version_ihl = *(const __u8 *)ip;

	if (unlikely(version_ihl != 0x45))
		return version_ihl > 0x45 && version_ihl <= 0x4f ? DROP_IP_OPTIONS : DROP_BAD_HEADER;
	if (unlikely(ip->frag_off & bpf_htons(IPV4_FRAGMENT)))
		return DROP_FRAGMENT;
	return check_ipv4_size(ip, available, sizeof(*ip), pkt);
}

/* Bytes of IPv4 options, 0 to 40, of a header whose version is 4 and whose size is good. */
static __always_inline __u32 options_len(const struct iphdr *ip)
{
	return (*(const __u8 *)ip - 0x45u & 0xf) * 4;
}

static __always_inline bool is_extension_header(__u8 nexthdr)
{
	switch (nexthdr) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
	case IPPROTO_MH:
	case 139: /* HIP (RFC 7401) */
	case 140: /* Shim6 (RFC 5533) */
		return true;
	default:
		return false;
	}
}

static __always_inline enum verdict check_ipv6(const struct ipv6hdr *ip6, long available, struct packet *pkt)
{
	__u32 payload = bpf_ntohs(ip6->payload_len);
	__u32 first = bpf_ntohl(*(const word32 *)ip6);

	pkt->l3_len = payload + sizeof(*ip6);
	pkt->proto = ip6->nexthdr;
	pkt->traffic_class = first >> 20;
	pkt->ipv6 = true;

	/* 65,495 bytes: what is left of 16 bits under an outer header, and far above any MTU. */
	if (unlikely(first >> 28 != 6 || payload > 0xffff - sizeof(*ip6)))
		return DROP_BAD_HEADER;
	if (unlikely(available < pkt->l3_len))
		return DROP_BAD_HEADER;
	return VERDICT_NONE;
}

/* Ports and whether a flow starts here, from what is left of the packet. The protocol is known to be that of
 * a whole packet. */
static __always_inline enum verdict parse_transport(struct cursor *c, __u32 left, struct packet *pkt)
{
	void *l4 = c->pos;
	__u8 flags;

	if (likely(pkt->proto == IPPROTO_TCP)) {
		if (l4 + sizeof(struct tcphdr) > c->end || left < sizeof(struct tcphdr))
			return DROP_TRUNCATED;
		flags = *(__u8 *)(l4 + TCP_FLAGS_AT);
		pkt->starts_flow = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	} else if (pkt->proto == IPPROTO_UDP) {
		if (l4 + sizeof(struct udphdr) > c->end || left < sizeof(struct udphdr))
			return DROP_TRUNCATED;
	} else if (pkt->proto == IPPROTO_SCTP) {
		/* A common header and at least the type of the first chunk (RFC 9260, 3). */
		if (l4 + SCTP_HEADER + 1 > c->end || left < SCTP_HEADER + 1)
			return DROP_TRUNCATED;
		pkt->starts_flow = *(__u8 *)(l4 + SCTP_HEADER) == SCTP_INIT;
	} else if (pkt->ipv6 && pkt->proto == IPPROTO_FRAGMENT) {
		return DROP_FRAGMENT;
	} else {
		return pkt->ipv6 && is_extension_header(pkt->proto) ? DROP_EXTENSION_HEADER : DROP_PROTOCOL;
	}

	pkt->ports = *(word32 *)l4;
	return VERDICT_NONE;
}

static __always_inline __u16 destination_port(const struct packet *pkt)
{
	return bpf_ntohs((__be16)(pkt->ports >> 16));
}

#endif
