/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The server that a QUIC packet's destination connection ID names (draft-ietf-quic-load-balancers, 4.1 and
 * 5.2, plaintext): the ID was chosen by that server, so the connection stays there whatever became of the
 * client's address and of the ring. What is read here is the same in all versions of QUIC (RFC 8999, 5). See
 * docs/adr/0016-quic-connection-ids.md.
 */
#ifndef LODESTONE_QUIC_H
#define LODESTONE_QUIC_H

#include "flow.h"
#include "parse.h"

#define QUIC_LONG	  0x80 /* in the first octet: a long header, with the ID's length */
#define QUIC_CONFIG_SHIFT 5    /* in the ID's first octet */
#define QUIC_UNROUTABLE	  7    /* as a configuration: the server asks for the ring */
#define QUIC_LONG_LEN_AT  5    /* in the payload; the ID follows */
#define QUIC_SHORT_ID_AT  1
#define QUIC_ID_BYTES	  (1 + QUIC_MAX_ID) /* read in any case: QUIC packets are longer */
#define QUIC_MAX_AT	  0x3fff	    /* of the UDP header in its frame; farther than headers reach */

static __always_inline bool goes_by_id(const struct vip *vip, const struct packet *pkt)
{
	return vip->flags & VIP_QUIC && pkt->proto == IPPROTO_UDP;
}

/* The living real of a server, with its path; 0 where there is none. octet is the first of the ID, server
 * what follows. */
static __always_inline __u32 look_up_server(const struct vip *vip, __be16 port, __u8 octet, __u64 server)
{
	struct quic_key key = {.vip = vip->id, .config = octet >> QUIC_CONFIG_SHIFT, .len = vip->quic_id_len};
	__u32 *real;

	if (key.config == QUIC_UNROUTABLE)
		return 0;
	if (vip->quic_by_port)
		key.port = bpf_ntohs(port);
	key.server = server & (~0ull >> ((64 - 8 * key.len) & 63));
	real = bpf_map_lookup_elem(&quic_servers, &key);
	return real && real_is_alive(*real) ? with_path(*real, PATH_NAMED) : 0;
}

/*
 * Of a packet with left bytes from its UDP header on, which is at that place in the frame. Global: verified
 * once.
 */
__noinline __u32 find_quic_server(struct xdp_md *ctx, const struct vip *vip, __u32 at, __u32 left)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u8 *payload, *id;
	struct udphdr *udp;
	__u32 len;

	if (!vip || at > QUIC_MAX_AT)
		return 0;
	udp = data + at;
	payload = (void *)(udp + 1);
	if ((void *)(payload + 1) > end)
		return 0;
	len = bpf_ntohs(udp->len);
	if (len > left)
		len = left;
	if (*payload & QUIC_LONG) {
		id = payload + QUIC_LONG_LEN_AT + 1;
		if ((void *)(id + QUIC_ID_BYTES) > end || payload[QUIC_LONG_LEN_AT] <= vip->quic_id_len)
			return 0;
	} else {
		id = payload + QUIC_SHORT_ID_AT;
		if ((void *)(id + QUIC_ID_BYTES) > end)
			return 0;
	}
	if (len < id + QUIC_ID_BYTES - (__u8 *)udp)
		return 0;
	return look_up_server(vip, udp->dest, id[0], *(word64 *)(id + 1));
}

/* The same of a socket buffer, wherever its bytes lie. */
__noinline __u32 find_quic_server_tc(struct __sk_buff *skb, const struct vip *vip, __u32 at, __u32 left)
{
	struct {
		struct udphdr udp;
		__u8 first;
	} __attribute__((packed)) head;
	struct {
		__u8 len; /* of a long header */
		__u8 octet;
		__u64 server;
	} __attribute__((packed)) id;
	__u32 skip = sizeof(head.udp) + QUIC_SHORT_ID_AT, len;

	if (!vip || bpf_skb_load_bytes(skb, at, &head, sizeof(head)))
		return 0;
	if (head.first & QUIC_LONG)
		skip = sizeof(head.udp) + QUIC_LONG_LEN_AT + 1;
	len = bpf_ntohs(head.udp.len);
	if (len > left)
		len = left;
	if (len < skip + QUIC_ID_BYTES || bpf_skb_load_bytes(skb, at + skip - 1, &id, sizeof(id)))
		return 0;
	if (head.first & QUIC_LONG && id.len <= vip->quic_id_len)
		return 0;
	return look_up_server(vip, head.udp.dest, id.octet, id.server);
}

#endif
