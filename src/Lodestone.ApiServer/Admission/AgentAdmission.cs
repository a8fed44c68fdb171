using Lodestone.Api.Meta;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Admission;

/// <summary>What a node agent may write, as far as the path alone can't tell.</summary>
internal sealed class AgentAdmission : IAdmission
{
    /// <inheritdoc/>
    public void Admit(ResourceRequest request, KubernetesObject value, KubernetesObject? old)
    {
        UserInfo user = request.User;
        if (old is null
            && user.AgentHost is { } host
            && !user.Groups.Contains(UserInfo.Masters)
            && request.Info.Resource is "hosts" or "leases"
            && value.Metadata.Name != host)
        {
            throw ApiErrors.Forbidden(
                request.Info.QualifiedResource,
                value.Metadata.Name,
                ApiErrors.Escape($"User \"{user.Name}\" may only create the one named \"{host}\""));
        }
    }
}
