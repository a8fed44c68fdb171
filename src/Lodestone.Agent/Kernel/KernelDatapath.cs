using Lodestone.Agent.Apply;
using Lodestone.Agent.Kernel.Migration;
using Lodestone.Bpf;
using Lodestone.Bpf.Btf;
using Lodestone.Linux.Kernel;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodestone.Agent.Kernel;

/// <summary>The loaded packet programs and their maps, pinned so that they outlive the agent.</summary>
/// <remarks>
/// Maps of another layout or size that are pinned go on serving (<see cref="IsMigrating"/>): new ones are made beside them and get what only
/// the old ones know. When the desired state is in the new maps, <see cref="CompleteMigration"/> replaces the programs in their links.
/// </remarks>
internal sealed partial class KernelDatapath : IDisposable
{
    /// <summary>Frames of a larger MTU do not fit a page with room in front and behind; veth, and most drivers, then want a program that takes several buffers.</summary>
    public const int LinearMtuBytes = 3498;

    private const string XdpProgram = "lodestone_xdp";
    private const string UplinkProgram = "lodestone_up";
    private const string TcProgram = DatapathPins.TcProgram;
    private const string NicProgram = "lodestone_nic";
    private const string ProbeProgram = "lodestone_probe";
    private const string FragsConstant = "xdp_frags";

    private static readonly KernelRelease FirstWithFrags = new(5, 18);
    private static readonly KernelRelease FirstWithTcx = new(6, 6);
    private static readonly KernelRelease FirstWithTcDecapsulation = new(6, 6); // BPF_F_ADJ_ROOM_DECAP_L3_*: 6.3; no long-term release between

    private readonly byte[] _image;
    private readonly BpfObject _object;
    private readonly DatapathPins _pins;
    private readonly PinnedSet _set;
    private readonly DatapathImport? _import;
    private readonly AttachOptions _options;
    private readonly Action<MigrationStep> _before;
    private readonly ILogger _logger;
    private BpfObject? _frags;

    private KernelDatapath(
        byte[] image, BpfObject loaded, KernelDatapathMaps maps, DatapathPins pins, PinnedSet set, DatapathImport? import, AttachOptions options, Action<MigrationStep> before, ILogger logger)
    {
        (_image, _object, Maps, _pins, _set, _import, _options, _before, _logger) = (image, loaded, maps, pins, set, import, options, before, logger);
    }

    /// <summary>The maps.</summary>
    public KernelDatapathMaps Maps { get; }

    /// <summary>Interface indexes of NICs with a program.</summary>
    public IReadOnlyList<uint> AttachedNics => _pins.Nics();

    /// <summary>Whether there are other maps, whose place these take.</summary>
    public bool IsMigrating { get; private set; }

    /// <summary>Whether other maps serve: programs are not to be attached before the desired state is in these.</summary>
    public bool IsServedByOthers { get; private set; }

    /// <summary>Whether programs served at the uplink when these were loaded, as after a restart of the agent; not after one of the machine.</summary>
    public bool HasServedBefore { get; private init; }

    /// <summary>Whether the uplink's program takes packets of several buffers.</summary>
    public bool UplinkFrags { get; private set; }

    /// <summary>Whether tc programs are filters in clsact.</summary>
    public bool UsesTcFilters => _options.UseTcFilters || KernelRelease.Current < FirstWithTcx;

    /// <summary>What the driver said, where XDP is not in it because of that; null where it is, or was not asked for.</summary>
    public string? WhyNotNative { get; private set; }

    /// <summary>Loads the programs over the maps of this layout and these sizes that are pinned, or over new ones.</summary>
    /// <param name="directory">Where to pin.</param>
    /// <param name="capacities">The sizes.</param>
    /// <param name="options">How to attach.</param>
    /// <param name="before">Called before each step of a migration.</param>
    /// <param name="logger">Where to tell of a migration.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static KernelDatapath Load(
        string directory, DatapathCapacities capacities, AttachOptions? options = null, Action<MigrationStep>? before = null, ILogger? logger = null) =>
        LoadVerified(LodestoneObjects.Datapath, directory, capacities, options, before, logger);

    private static KernelDatapath LoadVerified(
        byte[] image, string directory, DatapathCapacities capacities, AttachOptions? options, Action<MigrationStep>? before, ILogger? logger)
    {
        BtfLayout.Verify(image);
        return LoadImage(image, directory, capacities, options, before, logger);
    }

    /// <summary>As <see cref="Load"/>, with another object: that of another release.</summary>
    internal static KernelDatapath LoadImage(
        byte[] image, string directory, DatapathCapacities capacities, AttachOptions? options = null, Action<MigrationStep>? before = null, ILogger? logger = null)
    {
        before ??= static _ => { };
        logger ??= NullLogger.Instance;
        var schema = LayoutSchema.Of(image);
        var pins = new DatapathPins(directory);
        pins.Create();
        IReadOnlyDictionary<string, uint> sizes = KernelDatapathMaps.SizesOf(capacities);
        string id = schema.IdOf(sizes);
        string own = pins.Set(id);

        // A set of ours that does not serve while another does has missed what happened since.
        PinnedSet? served = pins.Served();
        bool isMigrating = served is not null && served.Id != id;
        if (isMigrating || !PinnedSet.IsWhole(own))
        {
            PinnedSet.Remove(own);
        }

        PinnedSet? source = PinnedSet.IsWhole(own) ? pins.Sets().Find(set => set.Id != id) : served ?? pins.Sets().Find(set => set.Id != id);
        bool isNew = !PinnedSet.IsWhole(own);
        if (isNew)
        {
            before(MigrationStep.Create);
        }

        HashSet<string> shared = source is null ? [] : Share(source, own, schema, sizes, pin: isNew);
        BpfObject loaded = BpfObject.Load(image, new BpfLoadOptions { MapSizes = sizes, PinDirectory = own });
        KernelDatapathMaps? maps = null;
        try
        {
            maps = new KernelDatapathMaps(loaded);
            DatapathImport? import = source is null ? null : TryImport(source, loaded, maps, shared, isNew, before, logger);
            if (isNew)
            {
                before(MigrationStep.Mark);
            }

            PinnedSet set = isNew ? PinnedSet.Finish(own, schema) : PinnedSet.Open(own);
            if (isMigrating)
            {
                Log.Migrates(logger, served!.Id, id, directory);
            }

            return new KernelDatapath(image, loaded, maps, pins, set, import, options ?? new AttachOptions(), before, logger)
            {
                IsMigrating = source is not null,
                IsServedByOthers = isMigrating,
                HasServedBefore = served is not null,
            };
        }
        catch
        {
            maps?.Dispose();
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Has the uplink's packets handled, without a moment in which nobody does.</summary>
    /// <param name="ifindex">The uplink.</param>
    /// <param name="mtuBytes">Its MTU.</param>
    /// <param name="hook">What serves it best, unless the options say otherwise.</param>
    /// <exception cref="DeviceOccupiedException">Somebody else's program is there.</exception>
    public void AttachUplink(uint ifindex, int mtuBytes = 1500, UplinkHook hook = UplinkHook.Xdp)
    {
        bool canUseTc = hook != UplinkHook.XdpOnly && KernelRelease.Current >= FirstWithTcDecapsulation;
        if (_options.Mode == XdpModeChoice.Off && !canUseTc)
        {
            throw new BpfException(hook == UplinkHook.XdpOnly
                ? "XDP can't be off at an uplink whose frames have VLAN tags: leave the XDP mode to be chosen, or name the VLAN's device without a VLAN"
                : $"XDP can't be off on Linux {KernelRelease.Current}: what takes its place needs {FirstWithTcDecapsulation}");
        }

        bool usesTc = _options.Mode == XdpModeChoice.Off || (_options.Mode == XdpModeChoice.Auto && hook == UplinkHook.Tc && canUseTc);
        if (usesTc && _options.Mode == XdpModeChoice.Auto && !_pins.HasXdpAt(ifindex))
        {
            BpfLink.ThrowIfOccupied((int)ifindex);
        }

        if (usesTc || !TryAttachXdp(ifindex, mtuBytes, canUseTc))
        {
            AttachUplinkTc(TcProgram, ifindex);
            if (IsMigrating)
            {
                _before(MigrationStep.SwitchUplinkXdp);
            }

            DatapathPins.Detach(_pins.UplinkXdp);
            UplinkFrags = false;
        }

        RemoveOldPrograms();
    }

    /// <summary>Copies what the old programs recorded, replaces them in their links, and removes the old maps. Does nothing unless <see cref="IsMigrating"/>.</summary>
    /// <remarks>The caller has put the desired state into <see cref="Maps"/>, and has attached the NICs.</remarks>
    public void CompleteMigration(uint ifindex, int mtuBytes = 1500, UplinkHook hook = UplinkHook.Xdp)
    {
        if (!IsMigrating)
        {
            return;
        }

        _before(MigrationStep.CopyFlows);
        int records = _import?.CopyFlows() ?? 0;
        _before(MigrationStep.SwitchUplinkTc);
        AttachUplink(ifindex, mtuBytes, hook);
        _before(MigrationStep.CopyLastFlows);
        Maps.WaitForPackets();
        records += _import?.CopyFlows() ?? 0;
        _before(MigrationStep.RemoveOld);
        _pins.RemoveOtherSets(_set.Id);
        (IsMigrating, IsServedByOthers) = (false, false);
        Log.Migrated(_logger, _set.Id, records);
    }

    /// <summary>How the uplink's programs are attached.</summary>
    public UplinkAttachment Attachment() => new(UplinkMode(), UplinkFrags, UsesTcFilters, WhyNotNative);

    /// <summary>How the uplink's XDP program runs; <see cref="XdpMode.None"/> where none is attached.</summary>
    public XdpMode UplinkMode()
    {
        if (!File.Exists(_pins.UplinkXdp))
        {
            return XdpMode.None;
        }

        using BpfLink link = BpfLink.OpenPinned(_pins.UplinkXdp);
        return link.Ifindex == 0 ? XdpMode.None : link.Mode;
    }

    /// <summary>Has what a NIC's workload sends handled. Does nothing where it is.</summary>
    public void AttachNic(uint ifindex) => AttachTc(_object.Programs[NicProgram], ifindex, _pins.Nic(ifindex), _pins.NicFilter(ifindex));

    /// <summary>Has health checks that come out of a device handed to NICs. Does nothing where they are.</summary>
    public void AttachProbe(uint ifindex)
    {
        AttachTc(_object.Programs[ProbeProgram], ifindex, _pins.Probe, _pins.ProbeFilter(ifindex));
        _pins.DetachOtherProbeFilters(ifindex);
    }

    /// <summary>Leaves the device of health checks alone.</summary>
    public void DetachProbe()
    {
        DatapathPins.Detach(_pins.Probe);
        _pins.DetachOtherProbeFilters(0);
    }

    /// <summary>Leaves a device alone.</summary>
    public void DetachNic(uint ifindex)
    {
        DatapathPins.Detach(_pins.Nic(ifindex));
        DatapathPins.Detach(_pins.NicFilter(ifindex));
    }

    /// <summary>Lets go of everything; what is pinned stays and serves.</summary>
    public void Dispose()
    {
        Maps.Dispose();
        _object.Dispose();
        _frags?.Dispose();
    }

    /// <summary>Pins maps of the old set that are alike in the new one too, where old indexes stay good; returns their names.</summary>
    private static HashSet<string> Share(PinnedSet source, string own, LayoutSchema schema, IReadOnlyDictionary<string, uint> sizes, bool pin)
    {
        HashSet<string> shared = [];
        if (pin)
        {
            Directory.CreateDirectory(own);
        }

        foreach (string name in DatapathImport.Shareable)
        {
            if (!source.HasMap(name) || !schema.IsSameMap(name, source.Schema))
            {
                continue;
            }

            using BpfMap map = source.OpenMap(name);
            uint wanted = sizes.TryGetValue(name, out uint size) ? size : (uint)schema.Maps[name].Entries;
            if (map.MaxEntries != wanted || (name == "flows" && !KeepsIndexes()))
            {
                continue;
            }

            shared.Add(name);
            if (pin)
            {
                map.Pin(Path.Combine(own, name));
            }
        }

        return shared;

        bool KeepsIndexes()
        {
            using BpfMap reals = source.OpenMap("reals");
            return source.Schema.FlowFormat == schema.FlowFormat && sizes["reals"] >= reals.MaxEntries;
        }
    }

    /// <summary>What cannot be read is left out: established flows of slots in transition then go by the ring.</summary>
    private static DatapathImport? TryImport(
        PinnedSet source, BpfObject loaded, KernelDatapathMaps maps, HashSet<string> shared, bool isNew, Action<MigrationStep> before, ILogger logger)
    {
        try
        {
            var import = new DatapathImport(source, loaded.Maps, maps, shared.Contains("flows"));
            if (isNew)
            {
                before(MigrationStep.Import);
                import.Run(shared);
            }

            return import;
        }
        catch (Exception e) when (e is FormatException or BpfException or ArgumentException or InvalidOperationException)
        {
            Log.NotImported(logger, source.Id, e.Message);
            return null;
        }
    }

    private void AttachTc(BpfProgram program, uint ifindex, string linkPin, string filterPin)
    {
        _set.PinProgram(program);
        if (UsesTcFilters)
        {
            AttachFilter(program, ifindex, filterPin);
            DatapathPins.Detach(linkPin);
            return;
        }

        if (!UpdatePinned(linkPin, ifindex, program))
        {
            using BpfLink link = BpfLink.AttachTcx(program, (int)ifindex, TcxDirection.Ingress);
            link.Pin(linkPin);
        }

        DatapathPins.Detach(filterPin);
    }

    private static void AttachFilter(BpfProgram program, uint ifindex, string pin)
    {
        if (TcFilter.ProgramAt((int)ifindex) == program.Id && File.Exists(pin))
        {
            return;
        }

        TcFilter.Attach(program, (int)ifindex);
        string next = $"{pin}-next";
        File.Delete(next);
        program.Pin(next);
        File.Move(next, pin, overwrite: true);
    }

    /// <summary>Replaces the program of a link; false where there is none at this device. The old or the new program sees every packet.</summary>
    private static bool UpdatePinned(string path, uint ifindex, BpfProgram program)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using (BpfLink pinned = BpfLink.OpenPinned(path))
        {
            if (pinned.Ifindex == (int)ifindex)
            {
                if (pinned.ProgramId != program.Id)
                {
                    pinned.Update(program);
                }

                return true;
            }
        }

        // A link of a device that is gone, or of another one.
        DatapathPins.Detach(path);
        return false;
    }

    private void AttachUplinkTc(string program, uint ifindex)
    {
        AttachTc(_object.Programs[program], ifindex, _pins.UplinkTc, _pins.UplinkFilter(ifindex));
        _pins.DetachOtherUplinkFilters(ifindex);
    }

    /// <summary>
    /// Has XDP serve the uplink, and tc what that hands on: first, but where tc serves by itself, which does both until XDP is in front of it.
    /// </summary>
    /// <returns>Whether it does; false only where tc can do it all, and XDP would be in the stack.</returns>
    private bool TryAttachXdp(uint ifindex, int mtuBytes, bool canUseTc)
    {
        bool isServedByTc = _pins.Serving() is { IsTc: true } serving && serving.Ifindex == (int)ifindex;
        if (!isServedByTc)
        {
            AttachUplinkTc(UplinkProgram, ifindex);
        }

        if (IsMigrating)
        {
            _before(MigrationStep.SwitchUplinkXdp);
        }

        bool needsFrags = mtuBytes > LinearMtuBytes && KernelRelease.Current >= FirstWithFrags;
        if (!TryAttachXdp(ifindex, needsFrags, canUseTc))
        {
            return false;
        }

        if (isServedByTc)
        {
            AttachUplinkTc(UplinkProgram, ifindex);
        }

        return true;
    }

    private bool TryAttachXdp(uint ifindex, bool frags, bool canUseTc)
    {
        if (IsInOtherMode(ifindex))
        {
            // A link keeps its mode: packets pass unserved until the next line but one.
            DatapathPins.Detach(_pins.UplinkXdp);
        }

        try
        {
            AttachXdp(ifindex, frags, _options.Mode == XdpModeChoice.Generic ? XdpModeChoice.Generic : XdpModeChoice.Native);
            return true;
        }
        catch (BpfException native) when (native is not DeviceOccupiedException && _options.Mode != XdpModeChoice.Generic)
        {
            if (!frags && KernelRelease.Current >= FirstWithFrags && TryAttachXdp(ifindex, frags: true, XdpModeChoice.Native))
            {
                return true;
            }

            if (_options.Mode == XdpModeChoice.Native)
            {
                throw;
            }

            WhyNotNative = native.Message;
            if (canUseTc)
            {
                return false;
            }

            AttachXdp(ifindex, frags, XdpModeChoice.Generic);
            return true;
        }
    }

    private bool TryAttachXdp(uint ifindex, bool frags, XdpModeChoice mode)
    {
        try
        {
            AttachXdp(ifindex, frags, mode);
            return true;
        }
        catch (BpfException e) when (e is not DeviceOccupiedException)
        {
            return false;
        }
    }

    private void AttachXdp(uint ifindex, bool frags, XdpModeChoice mode)
    {
        BpfProgram program = frags ? FragsProgram() : _object.Programs[XdpProgram];
        _set.PinProgram(program);
        if (!UpdatePinned(_pins.UplinkXdp, ifindex, program))
        {
            using BpfLink link = BpfLink.AttachXdp(program, (int)ifindex, mode);
            link.Pin(_pins.UplinkXdp);
        }

        UplinkFrags = frags;
    }

    private bool IsInOtherMode(uint ifindex)
    {
        if (_options.Mode == XdpModeChoice.Auto || !File.Exists(_pins.UplinkXdp))
        {
            return false;
        }

        using BpfLink link = BpfLink.OpenPinned(_pins.UplinkXdp);
        return link.Ifindex == (int)ifindex && link.Mode != (_options.Mode == XdpModeChoice.Generic ? XdpMode.Generic : XdpMode.Native);
    }

    /// <summary>The XDP program for packets of several buffers: the same code, over the same maps.</summary>
    private BpfProgram FragsProgram() => (_frags ??= BpfObject.Load(_image, new BpfLoadOptions
    {
        MapSizes = _object.Maps.ToDictionary(map => map.Key, map => map.Value.MaxEntries),
        Constants = new Dictionary<string, ulong> { [FragsConstant] = 1 },
        PinDirectory = _set.Directory,
        Programs = [XdpProgram],
        XdpFrags = true,
    })).Programs[XdpProgram];

    private void RemoveOldPrograms()
    {
        HashSet<uint> ids = [.. _object.Programs.Values.Select(program => program.Id)];
        if (_frags is { } frags)
        {
            ids.UnionWith(frags.Programs.Values.Select(program => program.Id));
        }

        if (File.Exists(_pins.UplinkXdp))
        {
            using BpfLink link = BpfLink.OpenPinned(_pins.UplinkXdp);
            ids.Add(link.ProgramId);
        }

        _set.RemoveOtherPrograms(ids);
    }

    private static partial class Log
    {
        [LoggerMessage(4120, LogLevel.Information, "The maps {Old} in {Directory} serve until {New}, of this release and these sizes, are filled")]
        internal static partial void Migrates(ILogger logger, string old, string @new, string directory);

        [LoggerMessage(4121, LogLevel.Information, "The maps {New} serve now; {Records} flow records were copied into them")]
        internal static partial void Migrated(ILogger logger, string @new, int records);

        [LoggerMessage(4122, LogLevel.Warning, "The maps {Old} can't be read ({Message}): flows of slots in transition lose their records")]
        internal static partial void NotImported(ILogger logger, string old, string message);
    }
}
