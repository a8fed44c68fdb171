namespace Lodestone.Api.Networking;

/// <summary>Values of <see cref="LoadBalancerGateway.State"/>.</summary>
public static class LoadBalancerGatewayStates
{
    /// <summary>The addresses are in the gateway's data path, as wanted.</summary>
    public const string Programmed = "Programmed";

    /// <summary>They are not, or not as wanted.</summary>
    public const string Failed = "Failed";
}
