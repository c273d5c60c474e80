using System.Text;
using DenseNetRaw.Serialization;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Serialization;

public sealed class RecordFramingTests
{
    /// <summary>The check value of CRC-32C, and the first of RFC 3720, appendix B.4.</summary>
    [Test]
    public void Checksum_OfPublishedBytes_IsThePublishedOne()
    {
        Assert.That(RecordFraming.Checksum(Encoding.ASCII.GetBytes("123456789")), Is.EqualTo(0xE3069283));
        Assert.That(RecordFraming.Checksum(new byte[32]), Is.EqualTo(0x8A9136AA));
        Assert.That(RecordFraming.Checksum([]), Is.Zero);
    }
}
