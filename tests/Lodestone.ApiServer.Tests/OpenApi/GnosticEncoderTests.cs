using System.Text;
using Lodestone.ApiServer.OpenApi;
using Lodestone.ApiServer.Tests.Protobuf;

namespace Lodestone.ApiServer.Tests.OpenApi;

/// <summary>Field by field as in gnostic's <c>openapiv2/OpenAPIv2.proto</c>. The whole document was also read back with gnostic itself, member by member.</summary>
public sealed class GnosticEncoderTests
{
    [Fact]
    public void Encode_Definition_IsWhatGnosticReads() => AssertEncoded(
        """
        {"definitions":{"a.B":{"type":"object","description":"d","required":["x","parameters"],
         "properties":{"parameters":{"type":"array","items":{"$ref":"#/definitions/C"}},"m":{"additionalProperties":{"type":"string","format":"ip"}},"e":{"enum":["T","U"],"default":[1],"minimum":0.5,"maxLength":63}},
         "x-kubernetes-map-type":"atomic"}}}
        """,
        M().Message(9, M().Message(1, M().Text(1, "a.B").Message(2, M()
            .Message(22, M().Text(1, "object"))
            .Text(4, "d")
            .Text(19, "x")
            .Text(19, "parameters")
            .Message(25, M()
                .Message(1, M().Text(1, "parameters").Message(2, M().Message(22, M().Text(1, "array")).Message(23, M().Message(1, M().Text(1, "#/definitions/C")))))
                .Message(1, M().Text(1, "m").Message(2, M().Message(21, M().Message(1, M().Message(22, M().Text(1, "string")).Text(2, "ip")))))
                .Message(1, M().Text(1, "e").Message(2, M()
                    .Message(20, M().Text(2, "\"T\""))
                    .Message(20, M().Text(2, "\"U\""))
                    .Message(5, M().Text(2, "[1]"))
                    .Fixed64(9, BitConverter.DoubleToUInt64Bits(0.5))
                    .Number(11, 63))))
            .Message(31, M().Text(1, "x-kubernetes-map-type").Message(2, M().Text(2, "\"atomic\"")))))));

    [Fact]
    public void Encode_Operation_IsWhatGnosticReads() => AssertEncoded(
        """
        {"swagger":"2.0","info":{"title":"t","version":"v"},"paths":{"/p":{"put":{"tags":["g"],"operationId":"i","schemes":["https"],"consumes":["a/b"],"produces":["c/d"],"deprecated":true,
         "parameters":[{"name":"body","in":"body","required":true,"schema":{"$ref":"r"}},{"name":"q","in":"query","type":"string","uniqueItems":true}],
         "responses":{"200":{"description":"OK","schema":{"$ref":"r"}}},"x-k":{"kind":"K"}},
         "parameters":[{"name":"n","in":"path","type":"string","required":true,"uniqueItems":true}]}}}
        """,
        M().Text(1, "2.0").Message(2, M().Text(1, "t").Text(2, "v")).Message(8, M().Message(2, M().Text(1, "/p").Message(2, M()
            .Message(3, M()
                .Text(1, "g")
                .Text(5, "i")
                .Text(10, "https")
                .Text(7, "a/b")
                .Text(6, "c/d")
                .Number(11, 1)
                .Message(8, M().Message(1, M().Message(1, M().Text(2, "body").Text(3, "body").Number(4, 1).Message(5, M().Text(1, "r")))))
                .Message(8, M().Message(1, M().Message(2, M().Message(3, M().Text(4, "q").Text(2, "query").Text(6, "string").Number(20, 1)))))
                .Message(9, M().Message(1, M().Text(1, "200").Message(2, M().Message(1, M().Text(1, "OK").Message(2, M().Message(1, M().Text(1, "r")))))))
                .Message(13, M().Text(1, "x-k").Message(2, M().Text(2, "{\"kind\":\"K\"}"))))
            .Message(9, M().Message(1, M().Message(2, M().Message(4, M().Text(4, "n").Text(2, "path").Text(5, "string").Number(1, 1).Number(19, 1)))))))));

    [Fact]
    public void Encode_MemberInNoTable_IsNotLeftOutSilently() =>
        Assert.Throws<NotSupportedException>(() => GnosticEncoder.Encode("""{"swagger":"2.0","host":"a"}"""u8.ToArray()));

    private static ProtobufWriter M() => new();

    private static void AssertEncoded(string json, ProtobufWriter expected) =>
        Assert.Equal(Convert.ToHexString(expected.ToArray()), Convert.ToHexString(GnosticEncoder.Encode(Encoding.UTF8.GetBytes(json))));
}
