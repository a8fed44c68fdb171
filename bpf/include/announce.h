/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* ARP and NDP at the uplink: answers for the VIPs that this machine announces. */
#ifndef LODESTONE_ANNOUNCE_H
#define LODESTONE_ANNOUNCE_H

#include "neighbour.h"
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

/* VERDICT_NONE where it is no solicitation for a VIP. */
static __always_inline enum verdict announce_nd(struct xdp_md *ctx, const struct config *config,
						const struct ipv6hdr *ip6)
{
	void *end = (void *)(long)ctx->data_end;
	struct neighbour *ns = parse_solicitation(ip6, end);
	struct address asked;
	struct ethhdr *eth;
	struct vip *vip;

	if (!ns)
		return VERDICT_NONE;
	address_from_ipv6(&asked, ns->target);
	vip = find_vip(config, &asked, PUBLIC_NETWORK);
	if (!vip)
		return VERDICT_NONE;
	if (!(vip->flags & VIP_ANNOUNCE))
		return DROP_NOT_ANNOUNCED;

	if (bpf_xdp_adjust_tail(ctx, (int)ADVERTISEMENT_FRAME - (int)(ctx->data_end - ctx->data)))
		return DROP_TRUNCATED;
	eth = (void *)(long)ctx->data;
	if ((void *)eth + ADVERTISEMENT_FRAME > (void *)(long)ctx->data_end)
		return DROP_TRUNCATED;
	write_advertisement(eth, config->uplink_mac);
	return VERDICT_ND_REPLY;
}

#endif
