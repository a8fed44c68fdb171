/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Frames of several buffers (jumbo frames, xdp.frags): headers are in the first, which data..data_end is. */
#ifndef LODESTONE_FRAME_H
#define LODESTONE_FRAME_H

#include "lodestone.h"

/* Set where the program is loaded with BPF_F_XDP_HAS_FRAGS; else the verifier removes what asks for it. */
const volatile bool xdp_frags = false;

/* Bytes of the first buffer. As 64 bits, since the verifier knows no difference of pointers in 32. */
static __always_inline __u64 linear_len(struct xdp_md *ctx)
{
	__u64 len = (void *)(long)ctx->data_end - (void *)(long)ctx->data;

	asm volatile("" : "+r"(len));
	return len;
}

/* Bytes of the whole frame. */
static __always_inline __u64 frame_len(struct xdp_md *ctx)
{
	return xdp_frags ? bpf_xdp_get_buff_len(ctx) : linear_len(ctx);
}

/* Bytes behind data_end. */
static __always_inline __u64 beyond_linear(struct xdp_md *ctx)
{
	return xdp_frags ? bpf_xdp_get_buff_len(ctx) - linear_len(ctx) : 0;
}

#endif
