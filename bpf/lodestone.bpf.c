/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The programs. lodestone_xdp is the gateway and the underlay, at the uplink; lodestone_up hands what
 * it leaves to a veth to that veth; lodestone_tc does the work of both where the uplink has no use for XDP;
 * lodestone_nic guards and routes what a workload sends; lodestone_probe hands health checks to NICs.
 */
#include "include/gateway.h"
#include "include/nic.h"
#include "include/uplink_tc.h"

/* Types that no map holds, kept in BTF for the comparison with their mirrors. */
const struct delivery *layout_delivery SEC(".layout");
const struct event *layout_event SEC(".layout");
const enum layout *layout_layout SEC(".layout");
const enum verdict *layout_verdict SEC(".layout");
const enum vip_flags *layout_vip_flags SEC(".layout");
const enum real_kind *layout_real_kind SEC(".layout");
const enum config_flags *layout_config_flags SEC(".layout");
const enum event_kind *layout_event_kind SEC(".layout");
const enum listening *layout_listening SEC(".layout");
const enum event_path *layout_event_path SEC(".layout");
const enum flow_state *layout_flow_state SEC(".layout");
const enum nic_source_kind *layout_nic_source_kind SEC(".layout");
const enum nic_flags *layout_nic_flags SEC(".layout");
const enum delivery_magic *layout_delivery_magic SEC(".layout");

/* At the uplink. */
SEC("xdp")
int lodestone_xdp(struct xdp_md *ctx)
{
	return serve_uplink(ctx);
}

/* What lodestone_xdp has marked, which it has counted; false: nothing. */
static __always_inline bool deliver_marked(struct __sk_buff *skb, int *action)
{
	struct delivery *delivery = (void *)(long)skb->data_meta;
	__u32 magic, ifindex;

	if ((void *)(delivery + 1) > (void *)(long)skb->data || delivery->magic < DELIVERY_MAGIC ||
	    delivery->magic > DELIVERY_TRANSLATED_OUT)
		return false;
	magic = delivery->magic;
	ifindex = delivery->ifindex;
	if (magic != DELIVERY_MAGIC && translate_counted(skb, ifindex) == TRANSLATE_BAD)
		*action = TC_ACT_SHOT;
	else
		*action = magic == DELIVERY_TRANSLATED_OUT ? bpf_redirect(ifindex, 0)
							   : bpf_redirect_peer(ifindex, 0);
	return true;
}

/* At the uplink's tcx ingress, behind lodestone_xdp. */
SEC("tc")
int lodestone_up(struct __sk_buff *skb)
{
	int action;

	if (deliver_marked(skb, &action))
		return action;
	count_verdict(PASS_NO_DELIVERY, skb->len - ETH_HLEN);
	return TC_ACT_UNSPEC;
}

/* There instead of both. While one takes the other's place XDP may still be in front, or come back. */
SEC("tc")
int lodestone_tc(struct __sk_buff *skb)
{
	int action;

	return deliver_marked(skb, &action) ? action : uplink_action(skb);
}

/*
 * Attached to nothing: what lodestone_up does with a packet to the NIC of device cb[0], or of the one it is
 * at, for a test run.
 */
SEC("tc")
int lodestone_translate(struct __sk_buff *skb)
{
	__u32 ifindex = skb->cb[0];

	switch (translate_counted(skb, ifindex ? ifindex : skb->ifindex)) {
	case TRANSLATE_BAD:
		return TC_ACT_SHOT;
	case TRANSLATE_NONE:
		count_verdict(PASS_NO_DELIVERY, skb->len - ETH_HLEN);
		break;
	}
	return TC_ACT_UNSPEC;
}

/* At the tcx ingress of the far end of the device that this machine's agent sends health checks by. */
SEC("tc")
int lodestone_probe(struct __sk_buff *skb)
{
	return deliver_probe(skb);
}

/* At the tcx ingress of each NIC's device. */
SEC("tc")
int lodestone_nic(struct __sk_buff *skb)
{
	struct config *config = get_config();
	__u64 bytes = skb->len - ETH_HLEN;
	int action = TC_ACT_SHOT; /* of what is delivered on this machine */
	enum verdict verdict;

	verdict = config ? check_nic_packet(skb, config, &action) : DROP_TRUNCATED;
	if (unlikely(verdict == VERDICT_PROBE_REPLY)) {
		action = answer_prober(skb);
		if (action < 0)
			verdict = DROP_NIC_NO_ROUTE;
	}
	count_verdict(verdict, bytes);
	if (verdict >= DROP_TRUNCATED && config && unlikely(config->listening & LISTEN_DROPS))
		tell_tc(skb, tell_dropped(verdict), bytes);

	switch (verdict) {
	case VERDICT_ARP_REPLY:
	case VERDICT_ND_REPLY:
	case VERDICT_ECHO_REPLY:
		return bpf_redirect(skb->ifindex, 0);
	case VERDICT_TOO_BIG_REPLY:
		/* It is about a packet that was from a VIP by then. */
		if (config->flags & CONFIG_TRANSLATES)
			translate_in(skb, skb->ifindex);
		return bpf_redirect(skb->ifindex, 0);
	case VERDICT_FORWARD:
	case VERDICT_ROUTE_FORWARD:
		return bpf_redirect(config->uplink_ifindex, 0);
	case VERDICT_PROBE_REPLY:
		return action;
	case VERDICT_DELIVER_LOCAL:
	case VERDICT_ROUTE_LOCAL:
		return action & ACTION_TRANSLATE ? translate_delivered(skb, action) : action;
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
