/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * All maps. Sizes of 1 are placeholders: whoever loads the object sets them. The arrays are flat and
 * BPF_F_MMAPABLE, so the agent writes them without a system call per element.
 */
#ifndef LODESTONE_MAPS_H
#define LODESTONE_MAPS_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct config);
} config SEC(".maps");

/* Two tables of config.vip_mask + 1 slots, of which config.vip_table is served. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vip);
} vips SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ring_slot);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct real);
} reals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_bucket);
} flows SEC(".maps");

/* 3 x 1024 words (TCP, UDP, SCTP) for each VIP with VIP_PORT_BITMAP. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} port_bitmaps SEC(".maps");

/* Outer destination address -> NIC of this machine. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct address);
	__type(value, struct underlay_nic);
} underlay SEC(".maps");

/* Number of a NIC of this machine, at an underlay address of this machine -> that NIC. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct geneve_key);
	__type(value, struct underlay_nic);
} geneve_nics SEC(".maps");

/* Addresses of the machines that may encapsulate to us; see CONFIG_CHECK_SOURCES. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct address);
	__type(value, __u32); /* 1 */
} underlay_sources SEC(".maps");

/* Server of a connection ID -> its index in reals; see quic.h. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct quic_key);
	__type(value, __u32);
} quic_servers SEC(".maps");

/* By outer destination of a real. Keys are the agent's; see underlay.h. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct address);
	__type(value, struct path_mtu);
} path_mtus SEC(".maps");

/* First fragments, the least recently used go first; see fragment.h. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct fragment_key);
	__type(value, struct fragment_flow);
} fragments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct nic_source_key);
	__type(value, struct nic_source);
} nic_sources SEC(".maps");

/*
 * Address of a NIC in its network -> the way there, REAL_NONE where none is known. Not an index into reals: a
 * real dies with the target that it is, while the NIC may live on.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct route_key);
	__type(value, struct real);
} routes SEC(".maps");

/*
 * At a NIC's device: a VIP whose place its own address takes -> that address; and that address -> itself. See
 * translate.h.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct nic_source_key);
	__type(value, struct address);
} translations SEC(".maps");

/* Flows that a NIC has answered, and those that it has not; the least recently used go first. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct translated_key);
	__type(value, struct translated_flow);
} translated_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct translated_key);
	__type(value, struct translated_flow);
} translated_new SEC(".maps");

/* First fragments of answers -> the VIP they are from. In scope is the NIC's device, not the VIP's network.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct fragment_key);
	__type(value, struct address);
} translated_fragments SEC(".maps");

/* When the next answer to a packet that is too big is due, per CPU, in ns of the coarse clock; see toobig.h.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} answer_limit SEC(".maps");

/* What is told to a listener, of type struct event; see event.h. Bytes, a power of two and whole pages. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* By enum event_kind. Written by the listener. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EVENT_KINDS);
	__type(key, __u32);
	__type(value, struct event_control);
} event_control SEC(".maps");

/* By enum event_kind. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EVENT_KINDS);
	__type(key, __u32);
	__type(value, struct event_limit);
} event_limits SEC(".maps");

/* By verdict. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICT_MAX);
	__type(key, __u32);
	__type(value, struct counter);
} verdicts SEC(".maps");

/* By index of the real. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counter);
} real_stats SEC(".maps");

/* By vip.id. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vip_counter);
} vip_stats SEC(".maps");

#endif
