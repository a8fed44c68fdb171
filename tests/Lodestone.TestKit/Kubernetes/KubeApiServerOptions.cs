namespace Lodestone.TestKit.Kubernetes;

/// <summary>How a <see cref="KubeApiServer"/> runs.</summary>
public sealed record KubeApiServerOptions
{
    /// <summary>Where everything of it is; deleted at the end when null was given and a temporary one was made.</summary>
    public string? Directory { get; init; }

    /// <summary>Whether etcd waits for the disk: for comparisons of speed; tests don't need it.</summary>
    public bool IsDurable { get; init; }

    /// <summary>More flags for kube-apiserver, <c>--name=value</c>.</summary>
    public IReadOnlyList<string> ExtraFlags { get; init; } = [];
}
