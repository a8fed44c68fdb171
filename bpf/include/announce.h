/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* ARP and NDP at the uplink: answers for the VIPs that this machine announces. */
#ifndef LODESTONE_ANNOUNCE_H
#define LODESTONE_ANNOUNCE_H

#include "frame.h"
#include "neighbour.h"
#include "toobig.h"
#include "vip.h"

static __always_inline enum verdict announce_arp(const struct config *config, struct ethhdr *eth,
						 struct cursor *c)
{
	struct arp *arp = parse_arp_request(c);
	struct address asked;
	struct vip *vip;

	if (!arp)
		return PASS_NOT_IP;
	address_from_ipv4(&asked, *(word32 *)arp->target_ip);
	vip = find_vip(config, &asked, PUBLIC_NETWORK);
	if (!vip)
		return PASS_NOT_A_VIP;
	if (!(vip->flags & VIP_ANNOUNCE))
		return DROP_NOT_ANNOUNCED;
	write_arp_reply(eth, arp, config->uplink_mac);
	return VERDICT_ARP_REPLY;
}

/* VERDICT_ND_REPLY: a solicitation to be answered; VERDICT_NONE: none for a VIP. */
static __always_inline enum verdict read_solicitation(const struct config *config, const struct ipv6hdr *ip6,
						      void *end)
{
	struct neighbour *ns = parse_solicitation(ip6, end);
	struct address asked;
	struct vip *vip;

	if (!ns)
		return VERDICT_NONE;
	address_from_ipv6(&asked, ns->target);
	vip = find_vip(config, &asked, PUBLIC_NETWORK);
	if (!vip)
		return VERDICT_NONE;
	return vip->flags & VIP_ANNOUNCE ? VERDICT_ND_REPLY : DROP_NOT_ANNOUNCED;
}

/* In a frame that has been made ADVERTISEMENT_FRAME long. */
static __always_inline enum verdict answer_solicitation(struct cursor frame, const struct config *config)
{
	struct ethhdr *eth = frame.pos;

	if ((void *)eth + ADVERTISEMENT_FRAME > frame.end)
		return DROP_TRUNCATED;
	write_advertisement(eth, config->uplink_mac);
	return VERDICT_ND_REPLY;
}

static __always_inline enum verdict announce_nd(struct xdp_md *ctx, const struct config *config,
						const struct ipv6hdr *ip6)
{
	enum verdict verdict = read_solicitation(config, ip6, (void *)(long)ctx->data_end);

	if (verdict != VERDICT_ND_REPLY)
		return verdict;
	if (bpf_xdp_adjust_tail(ctx, (int)ADVERTISEMENT_FRAME - (int)frame_len(ctx)))
		return DROP_TRUNCATED;
	return answer_solicitation(whole_frame(ctx, HOOK_XDP), config);
}

static __always_inline enum verdict announce_nd_tc(struct __sk_buff *skb, const struct config *config,
						   const struct ipv6hdr *ip6)
{
	enum verdict verdict = read_solicitation(config, ip6, (void *)(long)skb->data_end);

	if (verdict != VERDICT_ND_REPLY)
		return verdict;
	if (bpf_skb_change_tail(skb, ADVERTISEMENT_FRAME, 0))
		return DROP_TRUNCATED;
	return answer_solicitation(whole_frame(skb, HOOK_TC), config);
}

#endif
