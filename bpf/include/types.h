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
	VIP_USED = 1 << 0,	   /* the slot holds a VIP */
	VIP_ANNOUNCE = 1 << 1,	   /* this machine answers ARP/NDP and ping for it */
	VIP_ALL_PORTS = 1 << 2,	   /* every port of TCP, UDP and SCTP; ranges are not looked at */
	VIP_PORT_BITMAP = 1 << 3,  /* more than VIP_MAX_RANGES ranges: port_bitmap_base is valid */
	VIP_UDP_CURRENT = 1 << 4,  /* unrecorded UDP flows, and clients, of a slot in transition are the
				      current  owner's */
	VIP_BY_CLIENT = 1 << 5,	   /* slots go by the client's address (client_mask), not by the whole flow */
	VIP_BY_PROTOCOL = 1 << 6,  /* with VIP_BY_CLIENT: and by the protocol */
	VIP_ANY_FRAGMENT = 1 << 7, /* with VIP_BY_CLIENT: later fragments need no record of their first */
	VIP_NO_ECHO = 1 << 8,	   /* pings are dropped */
	VIP_REKEYED =
		1 << 9, /* slots went by something else: unrecorded flows are found by the old_ fields */
	VIP_OLD_BY_CLIENT = 1 << 10,   /* with VIP_REKEYED */
	VIP_OLD_BY_PROTOCOL = 1 << 11, /* with VIP_OLD_BY_CLIENT */
	VIP_QUIC = 1 << 13,	       /* UDP goes by the server that its QUIC connection ID names, if any */
	VIP_TRANSLATED = 1 << 15, /* hosts put their NIC's address in its place; for who reads the maps */
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
	__u8 quic_id_len;  /* VIP_QUIC: bytes of a server ID, 1 to QUIC_MAX_ID */
	__u8 quic_by_port; /* VIP_QUIC: 1: keys of quic_servers have a port; 0: all UDP ports are one */
	__u16 pad0;
	struct port_range ranges[VIP_MAX_RANGES];
	struct address
		client_mask; /* VIP_BY_CLIENT: what of the client's address counts; IPv4 in the last word */
	struct address old_mask; /* VIP_OLD_BY_CLIENT: the same, formerly */
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
	REAL_ENCAP = 1,	 /* to another machine, directly in IPv6 (RFC 2473) */
	REAL_PEER = 2,	 /* device of this machine, a veth: tc at the uplink, bpf_redirect_peer */
	REAL_DEVICE = 3, /* device of this machine, anything else (tap, NIC): redirected from XDP */
	REAL_IPIP = 4,	 /* to another machine, directly in IPv4 (RFC 2003; IPv6 inside: RFC 4213) */
	REAL_GUE_IPV4 = 5,    /* to another machine, in UDP: GUE variant 1 (draft-ietf-intarea-gue) */
	REAL_GUE_IPV6 = 6,    /* the same over IPv6 */
	REAL_GENEVE_IPV4 = 7, /* to a NIC of another machine, by its number: Geneve (RFC 8926) */
	REAL_GENEVE_IPV6 = 8, /* the same over IPv6 */
	REAL_STACK = 9,	      /* this machine itself: left to its own network stack */
};

/*
 * One resolved target. Of the outer headers of another machine's, Ethernet and addresses are here; the rest
 * follows from kind and packet.
 */
struct real {
	__u32 ifindex;	    /* REAL_PEER, REAL_DEVICE: the NIC's device. Others: the uplink */
	__u16 kind;	    /* enum real_kind; written last */
	__u16 mtu;	    /* largest L3 packet the way to the real takes, outer headers included */
	__u16 flags;	    /* enum nic_flags */
	__u8 eth[14];	    /* destination MAC, source MAC, ethertype */
	__u64 target;	    /* its identity; the low 24 bits are the number of its NIC */
	struct address src; /* outer source; zero of a target of this machine */
	struct address dst; /* outer destination; of a target of this machine its underlay address */
};
_Static_assert(sizeof(struct real) == 64, "real is one cache line");

/* Of a NIC of this machine. */
enum nic_flags {
	NIC_TRANSLATES = 1 << 0, /* VIPs become its own address: see translate.h */
};

#define NIC_NUMBER 0xffffffu /* of a real's target: its VNI in Geneve */

/*
 * A bucket of the flow table: 8 entries of one word, one cache line. In the first FLOW_WAYS flows begin, the
 * others are the seats of those that have begun.
 * entry = vip:8 << 56 | tag:25 << 31 | state:3 << 28 | age:8 << 20 | real:20. 0 is empty. vip is the low bits
 * of vip.id.
 */
struct flow_bucket {
	__u64 entries[8];
};
_Static_assert(sizeof(struct flow_bucket) == 64, "flow_bucket is one cache line");

enum flow_state {
	FLOW_SYN = 1,	 /* new in this window, only its SYN or INIT has been seen; its age is in ticks */
	FLOW_NEW = 2,	 /* new in this window, its handshake has been seen */
	FLOW_LEARNT = 3, /* found without its start: older than this window, or UDP */
	FLOW_PROVEN = 4, /* new or learnt, and seen again in a later unit of age */
};

#define FLOW_WAYS	2
#define FLOW_TICK_SHIFT 29 /* one tick is 2^29 ns, 0.54 s */
#define FLOW_AGE_SHIFT	35 /* one unit of age is 2^35 ns, 34.4 s */
#define FLOW_SYN_STALE	4  /* ticks for which a flow's start is kept against later ones of its VIP */
#define FLOW_STALE	2  /* units after which what is not proven gives way to another flow of its VIP */
#define FLOW_AGE_LIMIT                                                                                       \
	220 /* idle units (2 h 6 min, past TCP's default keep-alive of 2 h) after which an entry is free */

/* Where a decapsulated packet goes; the value of underlay, keyed by the outer destination address. */
struct underlay_nic {
	__u32 ifindex; /* the NIC's device */
	__u16 kind;    /* REAL_PEER, REAL_DEVICE or REAL_STACK */
	__u16 flags;   /* enum nic_flags */
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

enum nic_source_kind {
	NIC_SOURCE_OWN = 1,	 /* one of the NIC's own addresses */
	NIC_SOURCE_VIP = 2,	 /* a public VIP it is a target of: answered directly, through the uplink */
	NIC_SOURCE_INTERNAL = 3, /* an Internal VIP it is a target of: answered within its network only */
	NIC_SOURCE_LINK = 4,	 /* the NIC itself, under address ::, for what has no other source */
};

/*
 * What an agent of another release has to know to take over what these maps hold: fields that keep their
 * name keep their meaning, and new ones are zero where an older release wrote.
 */
enum layout {
	LAYOUT_VERSION = 2, /* raised whenever a struct of this file changes */
	LAYOUT_FLOWS = 2,   /* raised whenever an entry of flow_bucket means something else */
};

/* Who sends from an address at a NIC; the value of nic_sources. */
struct nic_source {
	__u16 kind;    /* enum nic_source_kind */
	__u8 mac[6];   /* the workload's MAC address; zero where it is not known: any is let through */
	__u32 network; /* VNI of the NIC's network; 0: none, nothing is routed */
};
_Static_assert(sizeof(struct nic_source) == 12, "nic_source is 12 bytes");

/*
 * Key of routes: an address of a network that has a NIC on this machine. Under network 0 stand the addresses
 * of all networks, to tell what would leak from what is public.
 */
struct route_key {
	__u32 network; /* VNI; 0: any */
	__u32 pad;     /* zero: keys are compared byte by byte */
	struct address addr;
};
_Static_assert(sizeof(struct route_key) == 24, "route_key is 24 bytes");

/* Key of fragments: what the fragments of one packet have in common (RFC 791, 3.2; RFC 8200, 4.5). */
struct fragment_key {
	struct address src;
	struct address dst;
	__u32 id;    /* as loaded */
	__u32 scope; /* VNI of the VIP << 8 | protocol of IPv4; 0 for IPv6 */
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

#define QUIC_MAX_ID 8

/* Key of quic_servers: what a connection ID says (draft-ietf-quic-load-balancers, plaintext), and where. */
struct quic_key {
	__u32 vip;    /* vip.id */
	__u16 port;   /* destination, host byte order; 0 without vip.quic_by_port */
	__u8 config;  /* top three bits of the ID's first octet, 0 to 6 */
	__u8 len;     /* vip.quic_id_len */
	__u64 server; /* so many bytes behind that octet, as loaded; the others are zero */
};
_Static_assert(sizeof(struct quic_key) == 16, "quic_key is 16 bytes");

/* Key of translated_flows and translated_new: a flow of a client to a NIC, whatever VIP it came by. */
struct translated_key {
	struct address client;
	__u32 ifindex; /* the NIC's device */
	__u32 ports;   /* of the client's packets, as loaded */
	__u32 proto;
	__u32 pad; /* zero: keys are compared byte by byte */
};
_Static_assert(sizeof(struct translated_key) == 32, "translated_key is 32 bytes");

/* What answers of such a flow are from. */
struct translated_flow {
	struct address vip;
	struct address nic; /* the NIC's own address that took its place */
	__u32 age;	    /* when the flow was last seen, in units of a flow's age, modulo 256 */
	__u32 pad;
};
_Static_assert(sizeof(struct translated_flow) == 40, "translated_flow is 40 bytes");

/* Key of geneve_nics. */
struct geneve_key {
	struct address dst; /* outer destination: an underlay address of this machine */
	__u32 number;	    /* VNI, host byte order */
	__u32 pad;	    /* zero: keys are compared byte by byte */
};
_Static_assert(sizeof(struct geneve_key) == 24, "geneve_key is 24 bytes");

/* What is known of the way to an outer destination. */
struct path_mtu {
	struct address src; /* the outer source towards it */
	__u32 mtu;	    /* largest packet, outer headers included; 0: nobody has said */
	__u32 heard;	    /* how often it was said */
};
_Static_assert(sizeof(struct path_mtu) == 24, "path_mtu is 24 bytes");

enum config_flags {
	CONFIG_CHECK_SOURCES = 1 << 0, /* only what comes from underlay_sources is decapsulated */
	CONFIG_TRANSLATES = 1 << 1,    /* translations has entries */
};

/* What an event is about; index of event_control and event_limits. */
enum event_kind {
	EVENT_DROP = 0,	      /* a dropped packet */
	EVENT_TRANSITION = 1, /* a packet that the flow table had a say in, to a real; see event_path */
	EVENT_SAMPLE = 2,     /* any other packet to a real */
	EVENT_KINDS = 3,
};

/* Who wants events; a bit for each kind. */
enum listening {
	LISTEN_DROPS = 1 << EVENT_DROP,
	LISTEN_TRANSITIONS = 1 << EVENT_TRANSITION,
	LISTEN_SAMPLES = 1 << EVENT_SAMPLE,
};

/* How the real of a packet was found. */
enum event_path {
	PATH_STABLE = 0,     /* the slot is not in transition */
	PATH_CURRENT = 1,    /* in transition: the current owner's, without a record */
	PATH_PREVIOUS = 2,   /* the previous owner's, without a record */
	PATH_FOLLOWED = 3,   /* a record says the current owner */
	PATH_RECORDED = 4,   /* recorded by this packet */
	PATH_PINNED = 5,     /* a record keeps it elsewhere than with the current owner */
	PATH_UNRECORDED = 6, /* was to be recorded and found no place */
	PATH_NAMED = 7,	     /* its QUIC connection ID names the server: no slot was looked at */
};

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
	__u32 layout_version;  /* LAYOUT_VERSION of whoever wrote the maps */
	__u16 flags;	       /* enum config_flags */
	__u16 listening;       /* enum listening; the listener's, who has no other field */
	__u64 underlay_prefix; /* the /64 of our NICs' underlay addresses, as loaded; 0: none */
	__u32 vlans; /* VLAN id of the frames that are served, outer | inner << 16; 0: untagged ones */
	__u32 zero;  /* always, which the verifier does not know */
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
	struct counter protocols[3]; /* TCP, UDP, SCTP; an ICMP error counts for the flow it is about */
	__u64 recorded;		     /* flows written into the flow table */
	__u64 pinned;		     /* packets that a record sent elsewhere than the current owner */
	__u64 unrecorded;	     /* packets whose flow was to be recorded and found no place */
};
_Static_assert(sizeof(struct vip_counter) == 72, "vip_counter is 72 bytes");

/* What a listener wants of a kind of events. */
struct event_control {
	__u64 until_ns; /* CLOCK_MONOTONIC: nothing is told later, so that a killed listener costs nothing */
	__u32 one_in;	/* of so many packets, one on average; 0 is 1 */
	__u32 only;	/* 1: of packets to the VIP of this id only; of drops, to this address */
	__u32 vip;
	__u32 pad;
	struct address addr; /* of drops, whose VIP is not looked up */
};
_Static_assert(sizeof(struct event_control) == 40, "event_control is 40 bytes");

/* What was done about a kind of events, per CPU. */
struct event_limit {
	__u64 due_ns; /* when the next event is due, of the coarse clock; as answer_limit */
	__u32 skip;   /* packets until the next one that counts */
	__u32 pad;
	__u64 sent;    /* written into events */
	__u64 limited; /* left out: too many in a time */
	__u64 full;    /* left out: no room in events */
};
_Static_assert(sizeof(struct event_limit) == 40, "event_limit is 40 bytes");

#define EVENT_NO_VIP 0xffffffu
#define EVENT_WORDS  16

/* What became of a packet; a record of events. */
struct event {
	__u64 time_ns;		 /* CLOCK_MONOTONIC */
	__u32 ifindex;		 /* the device it came in at */
	__u32 bytes;		 /* of the packet as it came in, from its IP header */
	__u32 vip;		 /* vip.id of a packet to a real; else EVENT_NO_VIP */
	__u32 picked;		 /* index into reals, enum event_path << 24; 0 of a dropped one */
	__u16 kind;		 /* enum event_kind */
	__u16 verdict;		 /* enum verdict */
	__u32 words;		 /* of head, that the packet has */
	__u64 head[EVENT_WORDS]; /* of the packet as it leaves, outer headers included, from its IP header on
				  */
};
_Static_assert(sizeof(struct event) == 160, "event is 160 bytes");

/* Handed from XDP to tc at the uplink in front of the packet (data_meta). */
struct delivery {
	__u32 magic;   /* one of enum delivery_magic */
	__u32 ifindex; /* the NIC's device, host's side */
};
_Static_assert(sizeof(struct delivery) == 8, "delivery is 8 bytes");

enum delivery_magic {
	DELIVERY_MAGIC = 0x4c4f4445,	      /* "LODE": to the far end of a veth */
	DELIVERY_TRANSLATED = 0x4c4f4446,     /* the same, to a NIC with NIC_TRANSLATES */
	DELIVERY_TRANSLATED_OUT = 0x4c4f4447, /* likewise, out of a device that is no veth */
};

#endif
