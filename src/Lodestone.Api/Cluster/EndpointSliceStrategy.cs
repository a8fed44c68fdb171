using Lodestone.Api.Resources;

namespace Lodestone.Api.Cluster;

/// <summary>Of <see cref="EndpointSlice"/> only what any object needs: the cluster checks the rest.</summary>
internal sealed class EndpointSliceStrategy : ResourceStrategy<EndpointSlice>
{
    private protected override void KeepDesiredState(EndpointSlice resource, EndpointSlice old) => resource.Endpoints = old.Endpoints;
}
