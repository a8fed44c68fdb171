/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The structs that the packet programs share with the agent. Each has a mirror of the same name in
 * src/Lodestone.Datapath/Layout/, and sizes and offsets are compared with this object's BTF.
 * No struct has hidden padding; bytes named pad are zero.
 */
#ifndef LODESTONE_TYPES_H
#define LODESTONE_TYPES_H

/* An IPv4 or IPv6 address in network byte order; IPv4 is v4-mapped (RFC 4291, 2.5.5.2). */
struct address {
	union {
		__u8 bytes[16];
		__be32 words[4];
		__u64 halves[2]; /* as loaded: never interpreted as numbers, only compared and hashed */
	};
};
_Static_assert(sizeof(struct address) == 16, "address is 16 bytes");

/* A protocol and a range of destination ports that a VIP accepts. */
struct port_range {
	__u16 from; /* host byte order, inclusive */
	__u16 to;   /* host byte order, inclusive */
	__u8 proto; /* IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP */
	__u8 pad;
};
_Static_assert(sizeof(struct port_range) == 6, "port_range is 6 bytes");

#define VIP_MAX_RANGES 8

enum vip_flags {
	VIP_USED = 1 << 0,	  /* the slot holds a VIP */
	VIP_ANNOUNCE = 1 << 1,	  /* this machine answers ARP/NDP and ping for it */
	VIP_ALL_PORTS = 1 << 2,	  /* every port of TCP, UDP and SCTP; ranges are not looked at */
	VIP_PORT_BITMAP = 1 << 3, /* more than VIP_MAX_RANGES ranges: port_bitmap_base is valid */
	VIP_UDP_CURRENT = 1 << 4, /* unrecorded UDP flows of a slot in transition go to the current owner */
};

/*
 * One VIP. A slot of an open-addressed table (linear probing from vip_home(), no deletion: the table is
 * written afresh and switched). 128 bytes, two cache lines, of which a miss reads one.
 */
struct vip {
	struct address addr;
	__u32 network;	  /* VNI the address belongs to; 0 is the public network */
	__u32 flags;	  /* enum vip_flags; 0 ends a probe */
	__u32 ring_base;  /* index of the first slot in rings */
	__u32 ring_shift; /* slot = hash >> ring_shift; a ring of 2^k slots has 64 - k. 0: no ring, no real */
	__u32 id;	  /* stable while the VIP lives; index into vip_stats */
	__u32 port_bitmap_base; /* index of the first word of 3 x 1024 (TCP, UDP, SCTP) in port_bitmaps */
	__u32 range_count;
	__u32 pad0;
	struct port_range ranges[VIP_MAX_RANGES];
	__u8 pad1[32];
};
_Static_assert(sizeof(struct vip) == 128, "vip is 128 bytes");

#define RING_CONSULT (1u << 31) /* packets of this slot consult the flow table */
#define RING_LEARN   (1u << 30) /* with RING_CONSULT: unrecorded established flows belong to previous */
#define RING_REAL    0x00ffffffu

/*
 * One slot of a ring. One aligned 64-bit word, written at once.
 * consult clear:  stable; current owns everything, no state is kept.
 * consult, learn: in transition; SYN and INIT go to current, unrecorded others to previous; both are
 * recorded. consult only:   settling; recorded flows stay with their real, everything else is current's and
 * not recorded.
 */
struct ring_slot {
	__u32 current;	/* index into reals; 0 is no real */
	__u32 previous; /* index into reals in the low 24 bits, RING_CONSULT, RING_LEARN */
};
_Static_assert(sizeof(struct ring_slot) == 8, "ring_slot is one word");

enum real_kind {
	REAL_NONE = 0,	 /* unused or dead: packets for it are dropped, flows recorded for it are forgotten */
	REAL_ENCAP = 1,	 /* to another machine inside IPv6 (RFC 2473) */
	REAL_PEER = 2,	 /* device of this machine, a veth: tc at the uplink, bpf_redirect_peer */
	REAL_DEVICE = 3, /* device of this machine, anything else (tap, NIC): redirected from XDP */
};

/*
 * One resolved target. For REAL_ENCAP the outer headers are finished but for the payload length, traffic
 * class and flow label of the IPv6 header.
 */
struct real {
	__u32 ifindex; /* REAL_PEER, REAL_DEVICE: the NIC's device. REAL_ENCAP: the uplink */
	__u16 kind;    /* enum real_kind; written last */
	__u16 mtu;     /* largest L3 packet the way to the real takes, outer header included */
	__u16 pad;
	__u8 eth[14]; /* destination MAC, source MAC, ethertype */
	__u8 ip6[40]; /* outer IPv6 header (REAL_ENCAP) */
};
_Static_assert(sizeof(struct real) == 64, "real is one cache line");

/*
 * A bucket of the flow table: 8 entries of one word, one cache line.
 * entry = tag:30 << 34 | state:2 << 32 | age:8 << 24 | real:24. 0 is empty.
 */
struct flow_bucket {
	__u64 entries[8];
};
_Static_assert(sizeof(struct flow_bucket) == 64, "flow_bucket is one cache line");

enum flow_state {
	FLOW_SYN = 1,	 /* new in this window, only its SYN or INIT has been seen */
	FLOW_NEW = 2,	 /* new in this window and established */
	FLOW_LEARNT = 3, /* older than this window, kept by its previous owner */
};

#define FLOW_AGE_SHIFT 35 /* one unit of age is 2^35 ns, 34.4 s */
#define FLOW_AGE_LIMIT                                                                                       \
	220 /* idle units (2 h 6 min, past TCP's default keep-alive of 2 h) after which an entry is free */

/* Where a decapsulated packet goes; the value of underlay, keyed by the outer destination address. */
struct underlay_nic {
	__u32 ifindex; /* the NIC's device */
	__u16 kind;    /* REAL_PEER or REAL_DEVICE */
	__u16 pad;
	__u32 network; /* VNI of the NIC's network */
	__u8 mac[6];   /* the workload's MAC address; zero where it is not known */
	__u16 pad1;
};
_Static_assert(sizeof(struct underlay_nic) == 20, "underlay_nic is 20 bytes");

/* Key of nic_sources: what a NIC may use as source address. */
struct nic_source_key {
	__u32 ifindex; /* the NIC's device, on the host's side */
	__u32 pad;     /* zero: keys are compared byte by byte */
	struct address addr;
};
_Static_assert(sizeof(struct nic_source_key) == 24, "nic_source_key is 24 bytes");

enum nic_source {
	NIC_SOURCE_OWN = 1, /* one of the NIC's own addresses: left to the host's routing */
	NIC_SOURCE_VIP = 2, /* a VIP it is a destination of: answered directly, through the uplink */
};

/* Raised whenever a struct of this file changes its meaning: an agent never fills maps of another version. */
#define LAYOUT_VERSION 1

/* Key of fragments: what the fragments of one packet have in common (RFC 791, 3.2; RFC 8200, 4.5). */
struct fragment_key {
	struct address src;
	struct address dst;
	__u32 id;   /* as loaded */
	__u8 proto; /* of IPv4; 0 for IPv6 */
	__u8 pad;
	__u16 pad1;
};
_Static_assert(sizeof(struct fragment_key) == 40, "fragment_key is 40 bytes");

/* The flow of a packet that comes in fragments, from the first of them. */
struct fragment_flow {
	__u64 hash;
	__u32 ports; /* as loaded */
	__u8 proto;
	__u8 age; /* when it was recorded, in units of a flow's age */
	__u16 pad;
};
_Static_assert(sizeof(struct fragment_flow) == 16, "fragment_flow is 16 bytes");

/* What rarely changes, the one element of config. */
struct config {
	__u64 hash_seed0;
	__u64 hash_seed1;
	__u32 uplink_ifindex;
	__u32 vip_mask;	 /* slots of one VIP table less one; the table is a power of two */
	__u32 vip_table; /* 0 or 1: which of the two VIP tables is served */
	__u32 flow_mask; /* buckets of the flow table less one; a power of two */
	__u8 uplink_mac[6];
	__u16 uplink_mtu;
	__u32 layout_version; /* LAYOUT_VERSION of whoever wrote the maps */
	__u32 pad0;
	__u64 underlay_prefix; /* the /64 of our NICs' underlay addresses, as loaded; 0: none */
	__u8 pad1[8];
};
_Static_assert(sizeof(struct config) == 64, "config is one cache line");

/* Per CPU. */
struct counter {
	__u64 packets;
	__u64 bytes; /* of the packet as it came in, from its IP header */
};
_Static_assert(sizeof(struct counter) == 16, "counter is 16 bytes");

/* Per VIP and per CPU. */
struct vip_counter {
	__u64 packets;
	__u64 bytes;
	__u64 recorded; /* flows written into the flow table */
	__u64 pinned;	/* packets that a record sent elsewhere than the current owner */
};
_Static_assert(sizeof(struct vip_counter) == 32, "vip_counter is 32 bytes");

/* Handed from XDP to tc at the uplink in front of the packet (data_meta). */
struct delivery {
	__u32 magic;   /* DELIVERY_MAGIC */
	__u32 ifindex; /* the NIC's device, host's side */
};
_Static_assert(sizeof(struct delivery) == 8, "delivery is 8 bytes");
#define DELIVERY_MAGIC 0x4c4f4445u /* "LODE" */

#endif
