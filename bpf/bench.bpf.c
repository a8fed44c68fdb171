/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Measures the data path: the very code of lodestone_xdp, between a step that makes the next packet of
 * another flow and one that undoes what was done to it, so that BPF_PROG_TEST_RUN can repeat. bench_wrap does
 * only these two steps; the difference is what a packet costs.
 */
#include "lodestone.bpf.c"

/* Where a packet's flow is written; the kinds of src/Lodestone.Bpf/Bench/BenchShape.cs. */
enum bench_shape {
	BENCH_IPV4 = 0, /* ports behind the IP header */
	BENCH_IPV6 = 1,
	BENCH_IPV4_ERROR = 2, /* an ICMP error; the flow is quoted, its VIP being the source */
	BENCH_IPV6_ERROR = 3,
	BENCH_IPV4_FRAGMENT = 4, /* the packet's id is the flow's, too */
	BENCH_IPV6_FRAGMENT = 5, /* ports behind the fragment header */
};

/* Mirrored by src/Lodestone.Bpf/Bench/BenchState.cs. */
struct bench_state {
	__u64 counter;	  /* packets so far */
	__u64 flow_mask;  /* flows less one; a power of two less one */
	__u64 from;	  /* the clock is read at this packet */
	__u64 until;	  /* and at this one */
	__u64 start_ns;	  /* what it said */
	__u64 end_ns;	  /* what it said */
	__u64 first_half; /* first half of the VIPs' IPv6 addresses, as loaded */
	__u64 frame;	  /* bytes of the packet as it was made */
	__u64 last_half;  /* the other half of the first VIP, in host byte order */
	__u32 vips;	  /* one behind the other from first_vip or first_half and last_half on */
	__u32 first_vip;  /* IPv4 address of the first VIP, in host byte order */
	__u32 shape;	  /* enum bench_shape */
	__u32 takes_meta; /* the delivery puts metadata in front, to be taken off */
	__u16 port;	  /* of the VIP, as loaded */
	__u16 pad[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench_state);
} bench_state SEC(".maps");

#define BENCH_FRAME_MAX 256

static __always_inline struct bench_state *get_bench_state(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&bench_state, &zero);
}

static __always_inline long bench_len(struct xdp_md *ctx)
{
	long len = (void *)(long)ctx->data_end - (void *)(long)ctx->data;

	asm volatile("" : "+r"(len)); /* or clang adds numbers to the pointers */
	return len;
}

/* 64 bits that are different for each flow and look random (SplitMix64's finalizer). */
static __always_inline __u64 bench_mix(__u64 x)
{
	x += 0x9E3779B97F4A7C15ull;
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
	x = (x ^ x >> 27) * 0x94D049BB133111EBull;
	return x ^ x >> 31;
}

static __always_inline void bench_tick(struct bench_state *state, __u64 packet)
{
	if (packet == state->from)
		state->start_ns = bpf_ktime_get_ns();
	if (packet == state->until)
		state->end_ns = bpf_ktime_get_ns();
}

/*
 * The packet of the next flow: client's address and port from the bits of bits, VIP by number. Stores are as
 * wide as the loads that follow: a card's DMA does not stall them either. Global, as the other step: neither
 * is on the stack while the data path is, which leaves nothing of it.
 */
__noinline int bench_vary(struct xdp_md *ctx)
{
	struct bench_state *state = get_bench_state();
	void *l3 = (void *)(long)ctx->data + sizeof(struct ethhdr);
	__u64 flow, bits, pair, last;
	__u32 vip, ports;

	if (!state)
		return -1;
	flow = state->counter++ & state->flow_mask;
	bits = bench_mix(flow);
	vip = (bits >> 48) * state->vips >> 16;
	ports = (bits >> 32 & 0xffff) | (__u32)state->port << 16;
	pair = (__u32)bits | (__u64)bpf_htonl(state->first_vip + vip) << 32;
	last = bpf_cpu_to_be64(state->last_half + vip);
	state->frame = bench_len(ctx);
	bench_tick(state, state->counter - 1);
	if (l3 + 80 > (void *)(long)ctx->data_end)
		return -1;
	switch (state->shape) {
	case BENCH_IPV4:
		*(word64 *)(l3 + 12) = pair;
		*(word32 *)(l3 + 20) = ports;
		return 0;
	case BENCH_IPV6:
		*(word64 *)(l3 + 16) = bits;
		*(word64 *)(l3 + 24) = state->first_half;
		*(word64 *)(l3 + 32) = last;
		*(word32 *)(l3 + 40) = ports;
		return 0;
	case BENCH_IPV4_ERROR: /* from some router; 20 + 8 bytes before the quote */
		*(word64 *)(l3 + 12) = pair;
		*(word64 *)(l3 + 40) = pair << 32 | pair >> 32;
		*(word32 *)(l3 + 48) = ports << 16 | ports >> 16;
		return 0;
	case BENCH_IPV6_ERROR: /* 40 + 8 bytes before the quote */
		if (l3 + 96 > (void *)(long)ctx->data_end)
			return -1;
		*(word64 *)(l3 + 24) = state->first_half;
		*(word64 *)(l3 + 32) = last;
		*(word64 *)(l3 + 56) = state->first_half;
		*(word64 *)(l3 + 64) = last;
		*(word64 *)(l3 + 80) = bits;
		*(word32 *)(l3 + 88) = ports << 16 | ports >> 16;
		return 0;
	case BENCH_IPV4_FRAGMENT:
		*(word16 *)(l3 + 4) = flow;
		*(word64 *)(l3 + 12) = pair;
		*(word32 *)(l3 + 20) = ports;
		return 0;
	case BENCH_IPV6_FRAGMENT: /* id at 4 of the fragment header */
		*(word64 *)(l3 + 16) = bits;
		*(word64 *)(l3 + 24) = state->first_half;
		*(word64 *)(l3 + 32) = last;
		*(word32 *)(l3 + 44) = flow;
		*(word32 *)(l3 + 48) = ports;
		return 0;
	default:
		return -1;
	}
}

/* Takes off whatever was put in front of a frame and restores the Ethernet header that it
 * overwrote. */
__noinline int bench_undo(struct xdp_md *ctx)
{
	struct bench_state *state = get_bench_state();
	void *data;
	long outer;

	if (!state)
		return -1;
	if (state->takes_meta &&
	    bpf_xdp_adjust_meta(ctx, (void *)(long)ctx->data - (void *)(long)ctx->data_meta))
		return -1;
	outer = bench_len(ctx) - (long)state->frame;
	if (outer < 0 || outer > BENCH_FRAME_MAX || bpf_xdp_adjust_head(ctx, outer))
		return -1;
	data = (void *)(long)ctx->data;
	if (data + sizeof(struct ethhdr) > (void *)(long)ctx->data_end)
		return -1;
	*(word64 *)data = 0x0002020000000002ull;
	*(word32 *)(data + 8) = 0x01000000;
	*(word16 *)(data + 12) = state->shape & 1 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
	return 0;
}

SEC("xdp")
int bench_empty(struct xdp_md *ctx)
{
	return ctx->data == ctx->data_end ? XDP_ABORTED : XDP_PASS;
}

SEC("xdp")
int bench_wrap(struct xdp_md *ctx)
{
	if (bench_vary(ctx))
		return XDP_ABORTED;
	return bench_undo(ctx) ? XDP_ABORTED : XDP_TX;
}

SEC("xdp")
int bench_whole(struct xdp_md *ctx)
{
	int action;

	if (bench_vary(ctx))
		return XDP_ABORTED;
	action = serve_uplink(ctx);
	return bench_undo(ctx) ? XDP_ABORTED : action;
}
