using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Patching;

/// <summary>JSON Merge Patch (RFC 7386).</summary>
internal static class MergePatch
{
    /// <summary>Applies a patch to an object in place.</summary>
    public static void Apply(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is not JsonObject nested)
            {
                target[name] = value.DeepClone();
            }
            else
            {
                if (target[name] is not JsonObject child)
                {
                    child = [];
                    target[name] = child;
                }

                Apply(child, nested);
            }
        }
    }
}
