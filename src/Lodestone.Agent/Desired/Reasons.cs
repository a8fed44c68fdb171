namespace Lodestone.Agent.Desired;

/// <summary>Reasons the agent gives in conditions and Events. Scripts depend on them: they are never renamed.</summary>
public static class Reasons
{
    /// <summary>All is in the data path.</summary>
    public const string Programmed = "Programmed";

    /// <summary>The NIC's device is bound.</summary>
    public const string Bound = "Bound";

    /// <summary>The NIC's device does not exist on its host.</summary>
    public const string DeviceMissing = "DeviceMissing";

    /// <summary>The NIC's device is administratively down.</summary>
    public const string DeviceDown = "DeviceDown";

    /// <summary>Another NIC names the same device.</summary>
    public const string DeviceConflict = "DeviceConflict";

    /// <summary>An older NIC of the host has the same number, and the host's underlay, which is IPv4 only, tells NICs apart by it.</summary>
    public const string NumberConflict = "NumberConflict";

    /// <summary>The NIC's device is the uplink.</summary>
    public const string DeviceIsUplink = "DeviceIsUplink";

    /// <summary>The program could not be attached to the NIC's device.</summary>
    public const string AttachFailed = "AttachFailed";

    /// <summary>Another NIC, or an Internal load balancer, of the network has the same address.</summary>
    public const string AddressConflict = "AddressConflict";

    /// <summary>An address comes from a Prefix that isn't there yet.</summary>
    public const string AddressPending = "AddressPending";

    /// <summary>An address cannot be read.</summary>
    public const string AddressInvalid = "AddressInvalid";

    /// <summary>The NIC's network does not exist.</summary>
    public const string NetworkMissing = "NetworkMissing";

    /// <summary>The NIC's network has no number yet.</summary>
    public const string NetworkPending = "NetworkPending";

    /// <summary>A peered network has the same address: its own VIPs and network interfaces come first.</summary>
    public const string PeeringOverlap = "PeeringOverlap";

    /// <summary>The load balancer is being deleted and is no longer served.</summary>
    public const string Deleting = "Deleting";

    /// <summary>The load balancer has no address yet.</summary>
    public const string NoAddress = "NoAddress";

    /// <summary>Another load balancer has the same address.</summary>
    public const string VipConflict = "VipConflict";

    /// <summary>The policy's health check names no port and the load balancer has none of its protocol: nothing is checked.</summary>
    public const string HealthCheckWithoutPort = "HealthCheckWithoutPort";

    /// <summary>A target became healthy, as checks say.</summary>
    public const string TargetHealthy = "TargetHealthy";

    /// <summary>A target became unhealthy, as checks say.</summary>
    public const string TargetUnhealthy = "TargetUnhealthy";

    /// <summary>A target's checks succeed again, and it is held because they failed so often.</summary>
    public const string TargetFlapping = "TargetFlapping";

    /// <summary>A port rule cannot be read.</summary>
    public const string PortInvalid = "PortInvalid";

    /// <summary>There is no routing.</summary>
    public const string RoutingMissing = "RoutingMissing";

    /// <summary>The routing of that name belongs to something else.</summary>
    public const string RoutingForeign = "RoutingForeign";

    /// <summary>The routing cannot be read.</summary>
    public const string RoutingInvalid = "RoutingInvalid";

    /// <summary>Slices of the routing have been missing for some seconds.</summary>
    public const string RoutingIncomplete = "RoutingIncomplete";

    /// <summary>The routing has more targets than a ring.</summary>
    public const string TooManyTargets = "TooManyTargets";

    /// <summary>No target takes new flows.</summary>
    public const string NoTargets = "NoTargets";

    /// <summary>A target's host, device or next hop is not known.</summary>
    public const string TargetUnreachable = "TargetUnreachable";

    /// <summary>Load balancers that share a target choose other encapsulations; the first address that chooses one counts.</summary>
    public const string EncapsulationConflict = "EncapsulationConflict";

    /// <summary>Nothing puts a target's own address in the place of the VIP: it is a plain host, which has to own the VIP.</summary>
    public const string NotTranslated = "NotTranslated";

    /// <summary>Somebody else on the segment claims the address.</summary>
    public const string AddressContested = "AddressContested";

    /// <summary>The API server is within reach again.</summary>
    public const string ContactRegained = "ContactRegained";

    /// <summary>A table of the data path is full.</summary>
    public const string CapacityExceeded = "CapacityExceeded";
}
