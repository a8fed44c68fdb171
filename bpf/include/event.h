/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Events: what became of single packets, told while somebody listens. Nobody listening costs a packet a bit
 * of config, which it has read anyway. With a listener each CPU tells so many in a time and no more; what it
 * leaves out is counted. What headers say is left to the listener, who has the time to read them.
 *
 * Global functions, as serve_rare(): verified once, whoever calls them.
 */
#ifndef LODESTONE_EVENT_H
#define LODESTONE_EVENT_H

#include "flow.h"
#include "config.h"
#include "toobig.h"

/* Of each kind a bucket of 500 events, refilled by 10,000 a second, for each CPU. */
#define EVENT_INTERVAL_NS 100000ull
#define EVENT_WINDOW_NS	  (500 * EVENT_INTERVAL_NS)

#define LISTEN_BALANCED (LISTEN_TRANSITIONS | LISTEN_SAMPLES)

#define TELL_VERDICT_SHIFT 32
#define TELL_VIP_SHIFT	   40

/* A packet to a real, picked with its path, as one word: a global function takes numbers. */
static __always_inline __u64 tell_balanced(const struct vip *vip, enum verdict verdict, __u32 picked)
{
	return picked | (__u64)verdict << TELL_VERDICT_SHIFT | (__u64)vip->id << TELL_VIP_SHIFT;
}

/* A dropped packet. */
static __always_inline __u64 tell_dropped(enum verdict verdict)
{
	return (__u64)verdict << TELL_VERDICT_SHIFT | (__u64)EVENT_NO_VIP << TELL_VIP_SHIFT;
}

/* Whether a frame's first IP header has this destination; by the version that it says, as the listener reads
 * it. */
static __always_inline bool is_to(struct cursor c, const struct address *wanted)
{
	struct ipv6hdr *ip6 = c.pos + sizeof(struct ethhdr);
	struct iphdr *ip = (void *)ip6;
	struct address dst;

	if ((void *)(ip + 1) > c.end)
		return false;
	if (*(__u8 *)ip >> 4 == 4) {
		address_from_ipv4(&dst, ip->daddr);
	} else {
		if ((void *)(ip6 + 1) > c.end || *(__u8 *)ip6 >> 4 != 6)
			return false;
		address_from_ipv6(&dst, &ip6->daddr);
	}
	return dst.halves[0] == wanted->halves[0] && dst.halves[1] == wanted->halves[1];
}

/*
 * Whether this packet is told of: somebody still listens, to this VIP or address, and it is one in so many
 * and not one too many. How many are passed over is random: traffic that repeats itself would else be seen in
 * part only.
 */
static __always_inline bool is_told(struct config *config, struct cursor c, __u32 kind, __u32 vip,
				    const struct event_control *control, struct event_limit *limit)
{
	__u64 now = bpf_ktime_get_coarse_ns(), due = limit->due_ns;

	if (now > control->until_ns) {
		config->listening &= ~(1 << kind);
		return false;
	}
	if (control->only && (kind == EVENT_DROP ? !is_to(c, &control->addr) : control->vip != vip))
		return false;
	if (limit->skip) {
		limit->skip--;
		return false;
	}
	if (control->one_in > 1)
		limit->skip = bpf_get_prandom_u32() % (2 * control->one_in - 1);

	if (due + EVENT_WINDOW_NS < now)
		due = now - EVENT_WINDOW_NS;
	if (due > now) {
		limit->limited++;
		return false;
	}
	limit->due_ns = due + EVENT_INTERVAL_NS;
	return true;
}

static __always_inline void tell(struct cursor c, __u32 ifindex, __u64 what, __u32 bytes)
{
	__u32 verdict = what >> TELL_VERDICT_SHIFT & 0xff, vip = what >> TELL_VIP_SHIFT, kind = EVENT_DROP, i;
	struct config *config = get_config();
	struct event_control *control;
	struct event_limit *limit;
	struct event *event;

	if (!config)
		return;
	if (vip != EVENT_NO_VIP)
		kind = (__u32)what >> PATH_SHIFT >= PATH_RECORDED &&
				       (__u32)what >> PATH_SHIFT <= PATH_UNRECORDED &&
				       config->listening & LISTEN_TRANSITIONS
			       ? EVENT_TRANSITION
			       : EVENT_SAMPLE;
	if (!(config->listening >> kind & 1))
		return;
	control = bpf_map_lookup_elem(&event_control, &kind);
	limit = bpf_map_lookup_elem(&event_limits, &kind);
	if (!control || !limit || !is_told(config, c, kind, vip, control, limit))
		return;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		limit->full++;
		return;
	}
	limit->sent++;
	event->time_ns = bpf_ktime_get_ns();
	event->ifindex = ifindex;
	event->bytes = bytes;
	event->vip = vip;
	event->picked = what;
	event->kind = kind;
	event->verdict = verdict;
	c.pos += sizeof(struct ethhdr);
#pragma clang loop unroll(disable)
	for (i = 0; i < EVENT_WORDS; i++) {
		if (c.pos + 8 > c.end)
			break;
		event->head[i] = *(word64 *)c.pos;
		c.pos += 8;
	}
	event->words = i;
	/* Whoever listens looks every few ms: waking it would cost more than all the rest. */
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

__noinline int tell_xdp(struct xdp_md *ctx, __u64 what, __u32 bytes)
{
	tell(whole_frame(ctx, HOOK_XDP), ctx->ingress_ifindex, what, bytes);
	return 0;
}

__noinline int tell_tc(struct __sk_buff *skb, __u64 what, __u32 bytes)
{
	tell(whole_frame(skb, HOOK_TC), skb->ifindex, what, bytes);
	return 0;
}

#endif
