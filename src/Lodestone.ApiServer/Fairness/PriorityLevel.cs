using System.Security.Cryptography;
using System.Text;

namespace Lodestone.ApiServer.Fairness;

/// <summary>A class of requests that share seats, as the answer's <c>X-Kubernetes-PF-*</c> headers name it.</summary>
/// <param name="Name">Its name.</param>
internal sealed record PriorityLevel(string Name)
{
    /// <summary>Administrators, health checks and leases: never wait.</summary>
    public static PriorityLevel Exempt { get; } = new("exempt");

    /// <summary>Requests that change nothing.</summary>
    public static PriorityLevel ReadOnly { get; } = new("read-only");

    /// <summary>Requests that change something.</summary>
    public static PriorityLevel Mutating { get; } = new("mutating");

    /// <summary>UID of the flow schema that chose it; the same in every server.</summary>
    public string FlowSchemaUid { get; } = UidOf("flowschema/" + Name);

    /// <summary>UID of the level; the same in every server.</summary>
    public string Uid { get; } = UidOf("prioritylevel/" + Name);

    private static string UidOf(string name) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16)).ToString();
}
