using Lodestone.Api.Meta;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Admission;

/// <summary>Several sets of rules; the first that refuses ends it.</summary>
internal sealed class AdmissionChain(params IReadOnlyList<IAdmission> parts) : IAdmission
{
    /// <inheritdoc/>
    public void Admit(ResourceRequest request, KubernetesObject value, KubernetesObject? old)
    {
        foreach (IAdmission part in parts)
        {
            part.Admit(request, value, old);
        }
    }

    /// <inheritdoc/>
    public void AdmitDeletion(ResourceRequest request, KubernetesObject current)
    {
        foreach (IAdmission part in parts)
        {
            part.AdmitDeletion(request, current);
        }
    }
}
