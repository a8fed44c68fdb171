using System.Text;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules for <see cref="ConfigMap"/>.</summary>
internal sealed class ConfigMapStrategy : ResourceStrategy<ConfigMap>
{
    protected override bool RequiresKnownFinalizers => true;

    public override void Default(ConfigMap resource)
    {
        resource.Data = DataKeys.Canonical(resource.Data);
        resource.BinaryData = DataKeys.Canonical(resource.BinaryData);
    }

    private protected override void KeepDesiredState(ConfigMap resource, ConfigMap old) =>
        (resource.Data, resource.BinaryData, resource.Immutable) = (old.Data, old.BinaryData, old.Immutable);

    private protected override void ValidateContent(ConfigMap resource, FieldErrorList errors)
    {
        long bytes = 0;
        foreach ((string key, string value) in resource.Data ?? [])
        {
            FieldPath path = FieldPath.Root("data").Key(key);
            errors.Invalid(path, key, DataKeys.Check(key));
            if (resource.BinaryData?.ContainsKey(key) == true)
            {
                errors.Invalid(path, key, "duplicate of key present in binaryData");
            }

            bytes += Encoding.UTF8.GetByteCount(value);
        }

        foreach ((string key, byte[] value) in resource.BinaryData ?? [])
        {
            errors.Invalid(FieldPath.Root("binaryData").Key(key), key, DataKeys.Check(key));
            bytes += value.Length;
        }

        if (bytes > DataKeys.MaxBytes)
        {
            // Kubernetes means the object as a whole, and says it so.
            errors.TooLong(FieldPath.Root("[]"), DataKeys.MaxBytes);
        }
    }

    private protected override void ValidateChange(ConfigMap resource, ConfigMap old, FieldErrorList errors) =>
        DataKeys.ValidateImmutable(
            resource.Immutable,
            old.Immutable,
            errors,
            ("data", DataKeys.AreEqual(resource.Data, old.Data)),
            ("binaryData", DataKeys.AreEqual(resource.BinaryData, old.BinaryData)));
}
