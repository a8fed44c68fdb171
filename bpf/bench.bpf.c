/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Measures the data path: the very code of lodestone_xdp, between a step that makes the next packet of
 * another flow and one that takes the encapsulation off again, so that BPF_PROG_TEST_RUN can repeat.
 * bench_wrap_* do only these two steps; the difference is what a packet costs.
 */
#include "lodestone.bpf.c"

enum bench_state {
	BENCH_COUNTER = 0,   /* packets so far */
	BENCH_FLOW_MASK = 1, /* flows less one; a power of two */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} bench_state SEC(".maps");

/* Random-ish bits that are different for each flow. */
static __always_inline __u64 bench_next_flow(void)
{
	__u32 counter_key = BENCH_COUNTER, mask_key = BENCH_FLOW_MASK;
	__u64 *counter = bpf_map_lookup_elem(&bench_state, &counter_key);
	__u64 *mask = bpf_map_lookup_elem(&bench_state, &mask_key);

	if (!counter || !mask)
		return 0;
	return ((*counter)++ & *mask) * 0x9E3779B97F4A7C15ull;
}

/* Stores are as wide as the loads that follow: a card's DMA does not stall them either. */
static __always_inline int bench_vary_ipv4(struct xdp_md *ctx)
{
	void *ip = (void *)(long)ctx->data + sizeof(struct ethhdr);
	void *l4 = ip + sizeof(struct iphdr);
	__u64 flow = bench_next_flow();

	if (l4 + sizeof(struct tcphdr) > (void *)(long)ctx->data_end)
		return -1;
	*(word64 *)(ip + 12) = (*(word64 *)(ip + 12) & 0xffffffff00000000ull) | flow >> 32;
	*(word32 *)l4 = (*(word32 *)l4 & 0xffff0000) | (flow >> 16 & 0xffff);
	return 0;
}

static __always_inline int bench_vary_ipv6(struct xdp_md *ctx)
{
	void *ip6 = (void *)(long)ctx->data + sizeof(struct ethhdr);
	void *l4 = ip6 + sizeof(struct ipv6hdr);
	__u64 flow = bench_next_flow();

	if (l4 + sizeof(struct tcphdr) > (void *)(long)ctx->data_end)
		return -1;
	*(word64 *)(ip6 + 16) = flow;
	*(word32 *)l4 = (*(word32 *)l4 & 0xffff0000) | (flow >> 16 & 0xffff);
	return 0;
}

/* What the encapsulation overwrote was the Ethernet header. */
static __always_inline int bench_undo(struct xdp_md *ctx, int outer, __be16 ethertype)
{
	void *data;

	if (bpf_xdp_adjust_head(ctx, outer))
		return -1;
	data = (void *)(long)ctx->data;
	if (data + sizeof(struct ethhdr) > (void *)(long)ctx->data_end)
		return -1;
	*(word64 *)data = 0x0002020000000002ull;
	*(word32 *)(data + 8) = 0x01000000;
	*(word16 *)(data + 12) = ethertype;
	return 0;
}

SEC("xdp")
int bench_empty(struct xdp_md *ctx)
{
	return ctx->data == ctx->data_end ? XDP_ABORTED : XDP_PASS;
}

SEC("xdp")
int bench_wrap_ipv4(struct xdp_md *ctx)
{
	if (bench_vary_ipv4(ctx) || bench_undo(ctx, 0, bpf_htons(ETH_P_IP)))
		return XDP_ABORTED;
	return XDP_TX;
}

SEC("xdp")
int bench_ipv4(struct xdp_md *ctx)
{
	int action;

	if (bench_vary_ipv4(ctx))
		return XDP_ABORTED;
	action = serve_uplink(ctx);
	if (bench_undo(ctx, sizeof(struct ipv6hdr), bpf_htons(ETH_P_IP)))
		return XDP_ABORTED;
	return action;
}

SEC("xdp")
int bench_wrap_ipv6(struct xdp_md *ctx)
{
	if (bench_vary_ipv6(ctx) || bench_undo(ctx, 0, bpf_htons(ETH_P_IPV6)))
		return XDP_ABORTED;
	return XDP_TX;
}

SEC("xdp")
int bench_ipv6(struct xdp_md *ctx)
{
	int action;

	if (bench_vary_ipv6(ctx))
		return XDP_ABORTED;
	action = serve_uplink(ctx);
	if (bench_undo(ctx, sizeof(struct ipv6hdr), bpf_htons(ETH_P_IPV6)))
		return XDP_ABORTED;
	return action;
}
