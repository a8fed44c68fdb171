using Lodestone.Api.Meta;
using Lodestone.Api.Resources;

namespace Lodestone.Controllers.Ipam;

/// <summary>Owner references of what the controllers of this folder make.</summary>
internal static class Ownership
{
    /// <summary>A reference by which the object is its owner's alone, and which a foreground deletion of the owner waits for.</summary>
    internal static OwnerReference ControllerReference<T>(T owner)
        where T : KubernetesObject
    {
        ResourceDefinition definition = ResourceDefinitions.Of<T>();
        return new OwnerReference
        {
            ApiVersion = definition.ApiVersion,
            Kind = definition.Kind,
            Name = owner.Metadata.Name ?? "",
            Uid = owner.Metadata.Uid ?? "",
            Controller = true,
            BlockOwnerDeletion = true,
        };
    }
}
