namespace Lodestone.ApiServer.Audit;

/// <summary>Set on a request whose body the audit log tells: keeps what an endpoint reads.</summary>
internal sealed class BodyCapture
{
    /// <summary>The body; empty until it is read.</summary>
    public byte[] Body { get; set; } = [];
}
