/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Health checks. The agent's sockets send by one end of a veth pair, to a VIP, and name the NIC's device in
 * the packet's mark; at the other end the packet takes the last step of a client's: the VIP becomes the NIC's
 * address where the policy says so, and the device gets it. The answer is taken in by the end it was sent by.
 */
#ifndef LODESTONE_PROBE_H
#define LODESTONE_PROBE_H

#include "prober.h"
#include "translate.h"

#define PROBE_OUT 0x80000000u /* of a mark, beside the device's index: no veth, the packet goes out of it */

static __always_inline int deliver_probe(struct __sk_buff *skb)
{
	struct nic_source_key key = {.ifindex = skb->mark & ~PROBE_OUT};
	const struct nic_source *link = bpf_map_lookup_elem(&nic_sources, &key);
	bool out = skb->mark & PROBE_OUT;
	__u8 mac[ETH_ALEN];

	/* What the kernel says on every link by itself. */
	if (!key.ifindex || !link)
		return TC_ACT_SHOT;
	__builtin_memcpy(mac, link->mac, sizeof(mac));
	if (translate_counted(skb, key.ifindex) == TRANSLATE_BAD)
		return TC_ACT_SHOT;
	count_verdict(VERDICT_PROBE, skb->len - ETH_HLEN);
	skb->mark = 0;
	if (out) {
		bpf_skb_store_bytes(skb, 0, mac, sizeof(mac), 0);
		return bpf_redirect(key.ifindex, 0);
	}
	bpf_skb_change_type(skb, PACKET_HOST);
	return bpf_redirect_peer(key.ifindex, 0);
}

/*
 * An answer, to the device it was asked from: a route of a network that no VNI is. Negative where the agent
 * checks nothing. Global, as serve_rare().
 */
__noinline int answer_prober(struct __sk_buff *skb)
{
	struct route_key key = {.network = PROBER_NETWORK};
	const struct real *prober = bpf_map_lookup_elem(&routes, &key);

	if (!prober || bpf_skb_store_bytes(skb, 0, prober->eth, ETH_ALEN, 0))
		return -1;
	return bpf_redirect(prober->ifindex, BPF_F_INGRESS);
}

#endif
