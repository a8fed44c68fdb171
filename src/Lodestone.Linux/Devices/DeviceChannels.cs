namespace Lodestone.Linux.Devices;

/// <summary>How many queues a device has, those that do both directions counted in each.</summary>
/// <param name="Receive">In use for receiving.</param>
/// <param name="Transmit">In use for sending.</param>
/// <param name="MaxReceive">As many as it can have for receiving.</param>
/// <param name="MaxTransmit">As many as it can have for sending.</param>
public sealed record DeviceChannels(int Receive, int Transmit, int MaxReceive, int MaxTransmit);
