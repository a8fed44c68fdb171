using Lodestone.Api.Meta;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Admission;

/// <summary>Rules about a write that depend on who writes and on what it changes, checked after authorization and before validation.</summary>
internal interface IAdmission
{
    /// <summary>Refuses a write, or completes what the writer's identity says of the object.</summary>
    /// <param name="request">The request, with its user.</param>
    /// <param name="value">The object as it would be stored, named and defaulted.</param>
    /// <param name="old">The object as it is; null at a creation.</param>
    /// <exception cref="ApiException">403.</exception>
    public void Admit(ResourceRequest request, KubernetesObject value, KubernetesObject? old);

    /// <summary>Refuses a deletion; of a collection, of each of its objects.</summary>
    /// <param name="request">The request, with its user.</param>
    /// <param name="current">The object as it is.</param>
    /// <exception cref="ApiException">403.</exception>
    public void AdmitDeletion(ResourceRequest request, KubernetesObject current)
    {
    }
}
