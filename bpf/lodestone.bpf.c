/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The three programs. lodestone_xdp is the gateway and the underlay, at the uplink; lodestone_up hands what
 * it leaves to a veth to that veth; lodestone_nic guards and routes what a workload sends.
 */
#include "include/gateway.h"
#include "include/nic.h"

/* Types that no map holds, kept in BTF for the comparison with their mirrors. */
const struct delivery *layout_delivery SEC(".layout");
const enum verdict *layout_verdict SEC(".layout");
const enum vip_flags *layout_vip_flags SEC(".layout");
const enum real_kind *layout_real_kind SEC(".layout");
const enum flow_state *layout_flow_state SEC(".layout");
const enum nic_source *layout_nic_source SEC(".layout");

/* At the uplink. */
SEC("xdp")
int lodestone_xdp(struct xdp_md *ctx)
{
	return serve_uplink(ctx);
}

/* At the uplink's tcx ingress. What is delivered has been counted by lodestone_xdp. */
SEC("tc")
int lodestone_up(struct __sk_buff *skb)
{
	struct delivery *delivery = (void *)(long)skb->data_meta;

	if ((void *)(delivery + 1) > (void *)(long)skb->data || delivery->magic != DELIVERY_MAGIC) {
		count_verdict(PASS_NO_DELIVERY, skb->len - ETH_HLEN);
		return TC_ACT_UNSPEC;
	}
	return bpf_redirect_peer(delivery->ifindex, 0);
}

/* At the tcx ingress of each NIC's device. */
SEC("tc")
int lodestone_nic(struct __sk_buff *skb)
{
	struct config *config = get_config();
	__u64 bytes = skb->len - ETH_HLEN;
	enum verdict verdict;

	verdict = config ? check_nic_packet(skb, config) : DROP_TRUNCATED;
	count_verdict(verdict, bytes);

	switch (verdict) {
	case VERDICT_ARP_REPLY:
	case VERDICT_ND_REPLY:
		return bpf_redirect(skb->ifindex, 0);
	case VERDICT_NIC_DSR:
		return bpf_redirect_neigh(config->uplink_ifindex, NULL, 0, 0);
	case PASS_NIC_OWN_ADDRESS:
		/* It was sent to the uplink's MAC, which is not this device's: without this, ip_rcv() drops
		 * it. */
		if (skb->pkt_type == PACKET_OTHERHOST)
			bpf_skb_change_type(skb, PACKET_HOST);
		return TC_ACT_UNSPEC;
	default:
		return verdict >= DROP_TRUNCATED ? TC_ACT_SHOT : TC_ACT_UNSPEC;
	}
}

char _license[] SEC("license") = "Dual BSD/GPL";
