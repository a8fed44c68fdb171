using Lodestone.Api.Resources;

namespace Lodestone.Api.Cluster;

/// <summary>Of <see cref="Node"/> only what any object needs: the cluster checks the rest.</summary>
internal sealed class NodeStrategy : ResourceStrategy<Node>
{
    protected override bool IsNamespaced => false;

    public override void PrepareForUpdate(Node resource, Node old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(Node resource, Node old) => resource.Spec = old.Spec;
}
