using System.Text;
using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules for <see cref="Secret"/>.</summary>
internal sealed class SecretStrategy : ResourceStrategy<Secret>
{
    private const string Opaque = "Opaque";
    private const string AccountAnnotation = "kubernetes.io/service-account.name";

    protected override bool RequiresKnownFinalizers => true;

    public override void Default(Secret resource)
    {
        resource.Type = string.IsNullOrEmpty(resource.Type) ? Opaque : resource.Type;
        foreach ((string key, string value) in resource.StringData ?? [])
        {
            (resource.Data ??= [])[key] = Encoding.UTF8.GetBytes(value);
        }

        resource.StringData = null;
        resource.Data = DataKeys.Canonical(resource.Data);
    }

    private protected override void KeepDesiredState(Secret resource, Secret old) =>
        (resource.Data, resource.StringData, resource.Type, resource.Immutable) = (old.Data, old.StringData, old.Type, old.Immutable);

    private protected override void ValidateContent(Secret resource, FieldErrorList errors)
    {
        FieldPath data = FieldPath.Root("data");
        long bytes = 0;
        foreach ((string key, byte[] value) in resource.Data ?? [])
        {
            errors.Invalid(data.Key(key), key, DataKeys.Check(key));
            bytes += value.Length;
        }

        if (bytes > DataKeys.MaxBytes)
        {
            errors.TooLong(data, DataKeys.MaxBytes);
        }

        ValidateType(resource, data, errors);
    }

    private protected override void ValidateChange(Secret resource, Secret old, FieldErrorList errors)
    {
        if (resource.Type != old.Type)
        {
            errors.Invalid(FieldPath.Root("type"), resource.Type, Validation.Immutable.Detail);
        }

        DataKeys.ValidateImmutable(resource.Immutable, old.Immutable, errors, ("data", DataKeys.AreEqual(resource.Data, old.Data)));
    }

    private static void ValidateType(Secret resource, FieldPath data, FieldErrorList errors)
    {
        switch (resource.Type)
        {
            case "kubernetes.io/service-account-token":
                if (string.IsNullOrEmpty(resource.Metadata.Annotations?.GetValueOrDefault(AccountAnnotation)))
                {
                    errors.Required(FieldPath.Metadata.Child("annotations").Key(AccountAnnotation));
                }

                break;
            case "kubernetes.io/dockercfg":
                ValidateJson(resource, ".dockercfg", data, errors);
                break;
            case "kubernetes.io/dockerconfigjson":
                ValidateJson(resource, ".dockerconfigjson", data, errors);
                break;
            case "kubernetes.io/basic-auth" when !Has(resource, "username") && !Has(resource, "password"):
                errors.Required(data.Key("username"));
                errors.Required(data.Key("password"));
                break;
            case "kubernetes.io/ssh-auth" when resource.Data?.GetValueOrDefault("ssh-privatekey") is not { Length: > 0 }:
                errors.Required(data.Key("ssh-privatekey"));
                break;
            case "kubernetes.io/tls":
                foreach (string key in (ReadOnlySpan<string>)["tls.crt", "tls.key"])
                {
                    if (!Has(resource, key))
                    {
                        errors.Required(data.Key(key));
                    }
                }

                break;
        }
    }

    private static bool Has(Secret resource, string key) => resource.Data?.ContainsKey(key) == true;

    private static void ValidateJson(Secret resource, string key, FieldPath data, FieldErrorList errors)
    {
        if (resource.Data is null || !resource.Data.TryGetValue(key, out byte[]? value))
        {
            errors.Required(data.Key(key));
            return;
        }

        try
        {
            var reader = new Utf8JsonReader(value);
            if (!reader.Read() || reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
            {
                errors.Invalid(data.Key(key), "<secret contents redacted>", "must be a JSON object");
                return;
            }

            reader.Skip();
            reader.Read();
        }
        catch (JsonException)
        {
            // The reason may quote what is secret.
            errors.Invalid(data.Key(key), "<secret contents redacted>", "must be JSON");
        }
    }
}
